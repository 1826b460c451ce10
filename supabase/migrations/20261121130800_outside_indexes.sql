-- Indexes for what the sweeper asks, made while the tables stay in use.
drop index concurrently public.bookings_still_in_calendar;
create index concurrently bookings_left_behind on public.bookings (updated_at)
  where status in ('CANCELLED', 'REJECTED') and (
    calendar_ref is not null or calendar_reservation is not null
    or calendar_asked_at is not null or room_asked_at is not null
  );
create index concurrently bookings_calendar_ref on public.bookings (calendar_ref);
create index concurrently bookings_starting on public.bookings (starts_at) where status = 'ACCEPTED';
create index concurrently user_sessions_open on public.user_sessions (expires_at) where closed_at is null;
