-- Sessions booked with the credits of a subscription.
set local lock_timeout = '5s';

alter table public.session_types
  add column credits integer,
  add constraint session_types_credits_check check (credits > 0) not valid;
comment on column public.session_types.credits is 'How many of a subscription''s session credits it costs; null if it can''t be had for credits.';
grant select (credits) on table public.session_types to authenticated;

alter table public.bookings
  add column credits integer,
  add constraint bookings_credits_check check (credits > 0) not valid;
comment on column public.bookings.credits is 'How many session credits it was booked with; null for one that is paid.';
grant select (credits) on table public.bookings to authenticated;

create table public.credit_uses (
  id uuid primary key default gen_random_uuid(),
  subscription_id uuid not null references public.subscriptions (id),
  booking_id uuid not null unique references public.bookings (id) on delete cascade,
  period_start timestamptz not null,
  credits integer not null check (credits > 0),
  used_at timestamptz not null,
  returned_at timestamptz
);
create index credit_uses_subscription on public.credit_uses (subscription_id, period_start);
comment on table public.credit_uses is 'Session credits that were spent, and those that came back.';
comment on column public.credit_uses.id is 'Key.';
comment on column public.credit_uses.subscription_id is 'The subscription that gives the credits.';
comment on column public.credit_uses.booking_id is 'What they were spent on.';
comment on column public.credit_uses.period_start is 'Start of the period whose credits they are.';
comment on column public.credit_uses.credits is 'How many.';
comment on column public.credit_uses.used_at is 'When they were spent.';
comment on column public.credit_uses.returned_at is 'When they came back; null while they are spent.';

alter table public.credit_uses enable row level security;
revoke all on table public.credit_uses from anon, authenticated;
grant select on table public.credit_uses to authenticated;
grant select, insert, update, delete on table public.credit_uses to service_role;
create policy credit_uses_select_own on public.credit_uses for select to authenticated
  using (exists (
    select from public.subscriptions s
    where s.id = credit_uses.subscription_id and s.user_id = (select auth.uid())
  ));
