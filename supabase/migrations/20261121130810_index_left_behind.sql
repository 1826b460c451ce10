-- What bookings given up have left behind; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_left_behind on public.bookings (updated_at)
  where status in ('CANCELLED', 'REJECTED') and (
    calendar_ref is not null or calendar_reservation is not null
    or calendar_asked_at is not null or room_asked_at is not null
  );
