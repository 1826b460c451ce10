-- Subscriptions: a mirror of Stripe's, and what was bought once for good.
set local lock_timeout = '5s';

create sequence private.stripe_readings;
comment on sequence private.stripe_readings is 'Numbers what is read at Stripe, so that a later reading wins on every machine.';
grant usage on sequence private.stripe_readings to service_role;

create table public.subscriptions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.users (id) on delete set null,
  telegram_buyer_id uuid references private.telegram_buyers (id) on delete set null,
  plan_id uuid references public.plans (id),
  stripe_subscription_id text unique,
  stripe_customer_id text,
  status text not null default 'INCOMPLETE' check (status in (
    'INCOMPLETE', 'INCOMPLETE_EXPIRED', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED',
    'CANCELED'
  )),
  price_minor bigint check (price_minor >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  current_period_start timestamptz,
  current_period_end timestamptz,
  trial_end timestamptz,
  cancel_at timestamptz,
  canceled_at timestamptz,
  ended_at timestamptz,
  grace_until timestamptz,
  lapsed_at timestamptz,
  duplicate_of uuid references public.subscriptions (id) on delete set null,
  read_ticket bigint not null default 0,
  looked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint subscriptions_price_whole check ((price_minor is null) = (currency is null))
);
-- What nobody has paid yet keeps neither a payment nor a trial granted here from counting.
create unique index subscriptions_one_of_user on public.subscriptions (user_id, plan_id)
  where duplicate_of is null and (status <> 'INCOMPLETE' or stripe_subscription_id is not null)
  and status in ('INCOMPLETE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED');
create unique index subscriptions_one_of_buyer on public.subscriptions (telegram_buyer_id, plan_id)
  where duplicate_of is null and (status <> 'INCOMPLETE' or stripe_subscription_id is not null)
  and status in ('INCOMPLETE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED');
create unique index subscriptions_order_of_user on public.subscriptions (user_id, plan_id)
  where status = 'INCOMPLETE' and stripe_subscription_id is null;
create unique index subscriptions_order_of_buyer
  on public.subscriptions (telegram_buyer_id, plan_id)
  where status = 'INCOMPLETE' and stripe_subscription_id is null;
create index subscriptions_user on public.subscriptions (user_id, created_at desc, id desc);
create index subscriptions_buyer on public.subscriptions (telegram_buyer_id);
create index subscriptions_plan on public.subscriptions (plan_id);
create index subscriptions_duplicate on public.subscriptions (duplicate_of);
create index subscriptions_looked_at on public.subscriptions (coalesce(looked_at, '-infinity'))
  where status in ('TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED', 'INCOMPLETE')
  and stripe_subscription_id is not null;
create index subscriptions_grace on public.subscriptions (grace_until)
  where grace_until is not null and lapsed_at is null;
create index subscriptions_ownerless on public.subscriptions (updated_at)
  where user_id is null and telegram_buyer_id is null
  and status in ('INCOMPLETE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED');
create index subscriptions_own_trial on public.subscriptions (trial_end)
  where status = 'TRIALING' and stripe_subscription_id is null;
comment on table public.subscriptions is 'Somebody''s subscription to a plan, as Stripe last told it; also what was paid once for good.';
comment on column public.subscriptions.id is 'Key; also in Stripe''s metadata.';
comment on column public.subscriptions.user_id is 'Whose it is; null for a buyer without an account, and once they deleted it.';
comment on column public.subscriptions.telegram_buyer_id is 'Who bought it in Telegram; null for everybody else.';
comment on column public.subscriptions.plan_id is 'The plan; null when Stripe shows a price that is none of ours.';
comment on column public.subscriptions.stripe_subscription_id is 'Stripe''s id; null before the first payment, for a trial that was granted here, and for what is paid once.';
comment on column public.subscriptions.stripe_customer_id is 'Stripe''s id of the customer who pays.';
comment on column public.subscriptions.status is 'As Stripe last told, in upper case; INCOMPLETE without Stripe''s id while nothing was paid yet.';
comment on column public.subscriptions.price_minor is 'What a period costs, in minor units; null before Stripe told.';
comment on column public.subscriptions.currency is 'ISO 4217 code, upper case.';
comment on column public.subscriptions.current_period_start is 'When the current period began; null before the first.';
comment on column public.subscriptions.current_period_end is 'When it ends and the next is paid; null for what is kept for good.';
comment on column public.subscriptions.trial_end is 'Until when it is free; null without a trial.';
comment on column public.subscriptions.cancel_at is 'When it ends because somebody cancelled it; null while it goes on.';
comment on column public.subscriptions.canceled_at is 'When somebody cancelled it; null otherwise.';
comment on column public.subscriptions.ended_at is 'When it ended; null while it goes on.';
comment on column public.subscriptions.grace_until is 'Until when what it gives goes on although a payment failed; null while none is owed.';
comment on column public.subscriptions.lapsed_at is 'When the end of the grace, or of a trial granted here, was acted upon.';
comment on column public.subscriptions.duplicate_of is 'The subscription to the same plan that counts in place of this one; null for one that counts.';
comment on column public.subscriptions.read_ticket is 'Number of the reading at Stripe that this row shows.';
comment on column public.subscriptions.looked_at is 'When Stripe was last asked about it.';
comment on column public.subscriptions.created_at is 'When it was begun.';
comment on column public.subscriptions.updated_at is 'When the row last changed.';

alter table public.subscriptions enable row level security;
revoke all on table public.subscriptions from anon, authenticated;
grant select (
  id, user_id, plan_id, stripe_subscription_id, status, price_minor, currency,
  current_period_start, current_period_end, trial_end, cancel_at, canceled_at, ended_at,
  grace_until, created_at, updated_at
) on table public.subscriptions to authenticated;
grant select, insert, update, delete on table public.subscriptions to service_role;
create policy subscriptions_select_own on public.subscriptions for select to authenticated
  using ((select auth.uid()) = user_id);

-- Also a plan that is sold no more, to whoever has it.
drop policy plans_select_active on public.plans;
create policy plans_select on public.plans for select to authenticated
  using (active or exists (
    select from public.subscriptions s
    where s.plan_id = plans.id and s.user_id = (select auth.uid())
  ));
