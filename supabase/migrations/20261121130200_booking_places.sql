-- What calendar and video service hold of a booking.
set local lock_timeout = '5s';

alter table public.bookings
  add column calendar_reservation text,
  add column calendar_asked_at timestamptz,
  add column room_asked_at timestamptz,
  add column scheduling_url text;
comment on column public.bookings.calendar_ref is 'Service and id of the entry in the host''s calendar, such as CALCOM:abc; null until it is booked.';
comment on column public.bookings.calendar_reservation is 'Service and id of the reservation there while the client pays; null when there is none.';
comment on column public.bookings.calendar_asked_at is 'When the calendar was first asked to book it; from then on it is looked up before asking again.';
comment on column public.bookings.room_asked_at is 'When its video service was first asked for a room; null once there is none any more.';
comment on column public.bookings.scheduling_url is 'Single-use address on which the client of a paid session chooses its time at the host''s Calendly; null otherwise.';
grant select (scheduling_url) on table public.bookings to authenticated;
