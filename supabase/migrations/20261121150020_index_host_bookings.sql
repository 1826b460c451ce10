-- A host's list of sessions; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_host_created
  on public.bookings (host_id, created_at desc, id desc);
