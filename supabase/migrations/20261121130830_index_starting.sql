-- Sessions that begin soon; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_starting on public.bookings (starts_at)
  where status = 'ACCEPTED';
