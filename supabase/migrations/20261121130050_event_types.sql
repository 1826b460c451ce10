-- What a session type is called at its host's calendar service.
set local lock_timeout = '5s';

alter table public.session_types add column calendar_event_type text;
-- Not calendar_event_type: Cal.com books a public event type for whoever knows its id, unpaid.
revoke select on table public.session_types from authenticated;
grant select (
  id, host_id, name, description, duration_minutes, price_minor, currency, location_kind,
  payment_flow, step_minutes, buffer_before_minutes, buffer_after_minutes, minimum_notice_minutes,
  horizon_days, daily_cap, placement_days, placement_lapse, active, created_at
) on table public.session_types to authenticated;
comment on column public.session_types.calendar_event_type is 'The session type at the calendar service: Cal.com''s event type id, Calendly''s event type URI; null where none is needed.';
