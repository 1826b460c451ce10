-- The booking of a calendar's entry; made while the table stays in use, and so alone in its file.
create index concurrently if not exists bookings_calendar_ref on public.bookings (calendar_ref);
