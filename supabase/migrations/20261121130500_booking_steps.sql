-- What happened to a booking, step by step.
set local lock_timeout = '5s';

create table public.booking_steps (
  id bigint generated always as identity primary key,
  booking_id uuid not null references public.bookings (id) on delete cascade,
  kind text not null,
  subject text not null default '',
  detail text not null default '',
  times integer not null default 1 check (times > 0),
  at timestamptz not null,
  last_at timestamptz not null
);
create index booking_steps_booking on public.booking_steps (booking_id, id);
-- What fails again and again is one step that counts.
create unique index booking_steps_failing on public.booking_steps (booking_id, kind, subject)
  where kind like '%\_FAILING' or kind like '%\_GIVEN\_UP';
comment on table public.booking_steps is 'What happened to a booking, step by step, in words fit for its client.';
comment on column public.booking_steps.id is 'Key; grows with time.';
comment on column public.booking_steps.booking_id is 'The booking.';
comment on column public.booking_steps.kind is 'What happened, such as CALENDAR_BOOKED.';
comment on column public.booking_steps.subject is 'Of which thing, such as a message''s kind and medium; empty where there is only one.';
comment on column public.booking_steps.detail is 'A sentence; empty where the kind says it all.';
comment on column public.booking_steps.times is 'How often, for what failed again and again.';
comment on column public.booking_steps.at is 'When, for the first time.';
comment on column public.booking_steps.last_at is 'When, for the last time.';

alter table public.booking_steps enable row level security;
revoke all on table public.booking_steps from anon, authenticated;
revoke all on sequence public.booking_steps_id_seq from anon, authenticated;
grant select on table public.booking_steps to authenticated;
grant select, insert, update, delete on table public.booking_steps to service_role;
create policy booking_steps_select_own on public.booking_steps for select to authenticated
  using (exists (
    select from public.bookings b
    where b.id = booking_steps.booking_id and b.user_id = (select auth.uid())
  ));

alter table private.error_logs
  add column step_id bigint unique references public.booking_steps (id) on delete cascade,
  add column times integer not null default 1 check (times > 0),
  add column last_at timestamptz;
comment on column private.error_logs.step_id is 'The booking''s step that tells the client of it; null for what concerns no booking.';
comment on column private.error_logs.times is 'How often it happened.';
comment on column private.error_logs.last_at is 'When it happened last; null if once.';
