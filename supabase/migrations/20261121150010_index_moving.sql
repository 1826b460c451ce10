-- Bookings whose calendar has not followed yet; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_moving
  on public.bookings (updated_at) where moved_from is not null;
