-- Until when a session may be called off or moved, and what comes back.
set local lock_timeout = '5s';

create function private.is_policy(policy jsonb) returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    jsonb_typeof(policy) = 'object'
    and policy ?& array['cancel_until_minutes', 'refunds', 'reschedule_until_minutes',
      'reschedule_limit', 'no_show_percent']
    and jsonb_typeof(policy -> 'cancel_until_minutes') = 'number'
    and jsonb_typeof(policy -> 'reschedule_until_minutes') = 'number'
    and jsonb_typeof(policy -> 'no_show_percent') = 'number'
    and jsonb_typeof(policy -> 'reschedule_limit') in ('number', 'null')
    and (policy ->> 'cancel_until_minutes')::integer between 0 and 525600
    and (policy ->> 'reschedule_until_minutes')::integer between 0 and 525600
    and (policy ->> 'no_show_percent')::integer between 0 and 100
    and (jsonb_typeof(policy -> 'reschedule_limit') = 'null'
      or (policy ->> 'reschedule_limit')::integer between 0 and 100)
    and jsonb_typeof(policy -> 'refunds') = 'array'
    and not exists (
      select from jsonb_array_elements(policy -> 'refunds') as tier
      where not coalesce(
        jsonb_typeof(tier -> 'minutes_before') = 'number'
        and jsonb_typeof(tier -> 'percent') = 'number'
        and (tier ->> 'minutes_before')::integer between 0 and 525600
        and (tier ->> 'percent')::integer between 0 and 100, false)
    ),
    false)
$$;
comment on function private.is_policy(jsonb) is 'Whether this is a whole policy of calling off and moving a session.';
revoke execute on function private.is_policy(jsonb) from public, anon, authenticated;
-- A row is written by the role that checks it.
grant execute on function private.is_policy(jsonb) to service_role;

alter table public.session_types
  add column policy jsonb not null default '{"cancel_until_minutes": 0, "refunds": [{"minutes_before": 1440, "percent": 100}, {"minutes_before": 0, "percent": 0}], "reschedule_until_minutes": 1440, "reschedule_limit": 3, "no_show_percent": 0}',
  add constraint session_types_policy_check check (private.is_policy(policy)) not valid;
comment on column public.session_types.policy is 'Until how many minutes before its start a client may call a session off or move it, how often, and what percent comes back how long before; no_show_percent comes back to a client who did not come.';
grant select (policy) on table public.session_types to authenticated;

alter table public.bookings
  add column policy jsonb not null default '{"cancel_until_minutes": 0, "refunds": [{"minutes_before": 1440, "percent": 100}, {"minutes_before": 0, "percent": 0}], "reschedule_until_minutes": 1440, "reschedule_limit": 3, "no_show_percent": 0}',
  add column reschedules integer not null default 0,
  add column moved_from timestamptz,
  add column called_off_by text,
  add column absent text,
  add constraint bookings_policy_check check (private.is_policy(policy)) not valid,
  add constraint bookings_reschedules_check check (reschedules >= 0) not valid,
  add constraint bookings_called_off_by_check
    check (called_off_by in ('CLIENT', 'HOST', 'OPERATOR', 'BANK')) not valid,
  add constraint bookings_called_off_status
    check (called_off_by is null or status in ('CANCELLED', 'REJECTED')) not valid,
  add constraint bookings_absent_check check (absent in ('CLIENT', 'HOST')) not valid;
comment on column public.bookings.policy is 'The session type''s policy when it was booked: what was agreed counts.';
comment on column public.bookings.reschedules is 'How often its client gave it another time.';
comment on column public.bookings.moved_from is 'Start that calendar and room still have after it was given another time; null when they have followed.';
comment on column public.bookings.called_off_by is 'Who called it off after it was paid for; BANK when a lost dispute did. Null otherwise.';
comment on column public.bookings.absent is 'Who did not come, as host or operator told; null when both came, or nobody told.';
grant select (policy, reschedules, called_off_by, absent) on table public.bookings to authenticated;
