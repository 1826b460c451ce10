-- What hosts sell, and when they are open for it.
set local lock_timeout = '5s';

create table public.session_types (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references public.hosts (id) on delete cascade,
  name text not null check (name <> ''),
  description text not null default '',
  duration_minutes integer not null check (duration_minutes between 5 and 1440),
  price_minor integer not null check (price_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  location_kind text not null default 'VIDEO' check (location_kind in ('VIDEO')),
  payment_flow text not null default 'SLOT_FIRST' check (payment_flow in ('SLOT_FIRST', 'PAY_FIRST')),
  step_minutes integer not null default 30 check (step_minutes between 5 and 1440),
  buffer_before_minutes integer not null default 0 check (buffer_before_minutes between 0 and 720),
  buffer_after_minutes integer not null default 0 check (buffer_after_minutes between 0 and 720),
  minimum_notice_minutes integer not null default 120 check (minimum_notice_minutes >= 0),
  horizon_days integer not null default 60 check (horizon_days between 1 and 730),
  daily_cap integer check (daily_cap > 0),
  placement_days integer not null default 14 check (placement_days between 1 and 365),
  placement_lapse text not null default 'REFUND' check (placement_lapse in ('REFUND', 'HUMAN')),
  active boolean not null default true,
  created_at timestamptz not null default now()
);
create index session_types_host on public.session_types (host_id);
comment on table public.session_types is 'Things hosts sell: a name, a length, a price.';
comment on column public.session_types.id is 'Key.';
comment on column public.session_types.host_id is 'Who holds the session.';
comment on column public.session_types.name is 'Name shown to clients and on Stripe''s page.';
comment on column public.session_types.description is 'A few sentences shown to clients.';
comment on column public.session_types.duration_minutes is 'Length of the session in minutes.';
comment on column public.session_types.price_minor is 'Price in minor units of the currency as Stripe counts them.';
comment on column public.session_types.currency is 'ISO 4217 code, upper case.';
comment on column public.session_types.location_kind is 'Where it happens.';
comment on column public.session_types.payment_flow is 'SLOT_FIRST: choose a time, then pay. PAY_FIRST: pay, then choose a time.';
comment on column public.session_types.step_minutes is 'Distance between the starts of offered slots in minutes.';
comment on column public.session_types.buffer_before_minutes is 'Minutes kept free before the session.';
comment on column public.session_types.buffer_after_minutes is 'Minutes kept free after the session.';
comment on column public.session_types.minimum_notice_minutes is 'How long before its start a slot closes, in minutes.';
comment on column public.session_types.horizon_days is 'How many days ahead slots are offered.';
comment on column public.session_types.daily_cap is 'Most live bookings of this type on one of the host''s days; null means no cap.';
comment on column public.session_types.placement_days is 'Days in which a session paid first must be given its time.';
comment on column public.session_types.placement_lapse is 'What happens to a paid session not placed in time.';
comment on column public.session_types.active is 'Whether it is on sale.';
comment on column public.session_types.created_at is 'When the row was made.';

alter table public.session_types enable row level security;
revoke all on table public.session_types from anon, authenticated;
grant select on table public.session_types to authenticated;
grant select, insert, update, delete on table public.session_types to service_role;
create policy session_types_select_active on public.session_types for select to authenticated
  using (active);

create table public.availability (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references public.hosts (id) on delete cascade,
  weekday smallint not null check (weekday between 0 and 6),
  opens_minute smallint not null check (opens_minute between 0 and 1439),
  closes_minute smallint not null check (closes_minute between 1 and 1440),
  check (opens_minute < closes_minute),
  exclude using gist (
    host_id with =, weekday with =, int4range(opens_minute, closes_minute) with &&
  )
);
create index availability_host on public.availability (host_id);
comment on table public.availability is 'Weekly hours of hosts, as the clock on the host''s wall shows them.';
comment on column public.availability.id is 'Key.';
comment on column public.availability.host_id is 'Whose hours.';
comment on column public.availability.weekday is '0 is Monday.';
comment on column public.availability.opens_minute is 'Minutes after midnight, host''s zone.';
comment on column public.availability.closes_minute is 'Minutes after midnight, host''s zone; 1440 is midnight.';

alter table public.availability enable row level security;
revoke all on table public.availability from anon, authenticated;
grant select on table public.availability to authenticated;
grant select, insert, update, delete on table public.availability to service_role;
create policy availability_select_active on public.availability for select to authenticated
  using (exists (select from public.hosts where hosts.id = availability.host_id and hosts.active));
