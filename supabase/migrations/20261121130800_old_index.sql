-- An index that its successor serves better.
set local lock_timeout = '5s';

drop index if exists public.bookings_still_in_calendar;
