-- Sessions that were given another time; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_moved on public.bookings (updated_at)
  where status = 'ACCEPTED' and sequence > 0;
