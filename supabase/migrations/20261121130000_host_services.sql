-- Which calendar and video service a host uses.
set local lock_timeout = '5s';

alter table public.hosts
  add column language text not null default 'en',
  add column calendar text check (calendar in ('BUILTIN', 'CALCOM', 'GOOGLE', 'CALENDLY')),
  add column calendar_account text,
  add column video text check (video in ('ADDRESS', 'ZOOM', 'DAILY', 'CALENDAR')),
  add column video_account text;
comment on column public.hosts.language is 'BCP 47 language of messages to the host.';
comment on column public.hosts.calendar is 'Service that holds the host''s calendar; null means DEFAULT_CALENDAR.';
comment on column public.hosts.calendar_account is 'The host at that service: Google''s calendar id, Calendly''s user URI; null where none is needed.';
comment on column public.hosts.video is 'Where the host meets; CALENDAR is the calendar''s own room. Null means DEFAULT_VIDEO.';
comment on column public.hosts.video_account is 'The host at that service: Zoom''s user id or e-mail; null where none is needed.';

alter table public.session_types add column calendar_event_type text;
-- Not calendar_event_type: Cal.com books a public event type for whoever knows its id, unpaid.
revoke select on table public.session_types from authenticated;
grant select (
  id, host_id, name, description, duration_minutes, price_minor, currency, location_kind,
  payment_flow, step_minutes, buffer_before_minutes, buffer_after_minutes, minimum_notice_minutes,
  horizon_days, daily_cap, placement_days, placement_lapse, active, created_at
) on table public.session_types to authenticated;
comment on column public.session_types.calendar_event_type is 'The session type at the calendar service: Cal.com''s event type id, Calendly''s event type URI; null where none is needed.';
