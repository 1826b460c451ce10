-- A host's list of sessions; made while the table stays in use, and so alone in its file. Without the
-- id, which would tempt the planner to look bookings up by it here.
create index concurrently if not exists bookings_host_created
  on public.bookings (host_id, created_at desc);
