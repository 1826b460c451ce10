-- Nothing asks for the number of a booking's times any more; dropped while the table stays in use.
drop index concurrently if exists public.bookings_moved;
