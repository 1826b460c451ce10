-- Checkouts, payments, refunds and Stripe's events.
set local lock_timeout = '5s';

create table private.checkouts (
  id uuid primary key default gen_random_uuid(),
  booking_id uuid not null references public.bookings (id) on delete cascade,
  attempt integer not null check (attempt > 0),
  ui_mode text not null check (ui_mode in ('HOSTED', 'EMBEDDED')),
  status text not null default 'CREATING'
    check (status in ('CREATING', 'OPEN', 'COMPLETE', 'EXPIRED')),
  stripe_session_id text unique,
  success_url text not null,
  cancel_url text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (booking_id, attempt),
  check (status = 'CREATING' or stripe_session_id is not null or status = 'EXPIRED')
);
create unique index checkouts_one_live on private.checkouts (booking_id)
  where status in ('CREATING', 'OPEN');
comment on table private.checkouts is 'Our side of a Stripe Checkout Session; made before Stripe is asked.';
comment on column private.checkouts.id is 'Key; the idempotency key of the session''s creation is made from it.';
comment on column private.checkouts.booking_id is 'What is being paid.';
comment on column private.checkouts.attempt is 'The how-manieth checkout of this booking.';
comment on column private.checkouts.ui_mode is 'HOSTED: Stripe''s page. EMBEDDED: in the app''s page.';
comment on column private.checkouts.status is 'As Stripe last told; CREATING until its id is known.';
comment on column private.checkouts.stripe_session_id is 'Stripe''s id; null while CREATING.';
comment on column private.checkouts.success_url is 'Where Stripe brings the client after payment.';
comment on column private.checkouts.cancel_url is 'Where Stripe''s page leads back.';
comment on column private.checkouts.expires_at is 'When the session ends at Stripe, and the hold with it.';
comment on column private.checkouts.created_at is 'When the row was made.';

create table public.payments (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.users (id) on delete set null,
  booking_id uuid references public.bookings (id),
  stripe_checkout_session_id text,
  stripe_payment_intent_id text not null unique,
  stripe_charge_id text unique,
  stripe_customer_id text,
  amount_minor bigint not null check (amount_minor > 0),
  amount_refunded_minor bigint not null default 0,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in ('PROCESSING', 'SUCCEEDED', 'FAILED')),
  failure_reason text,
  receipt_url text,
  outcome text check (outcome in ('FULFILLED', 'REFUNDED', 'WAITING')),
  outcome_reason text,
  outcome_owner text,
  outcome_at timestamptz,
  paid_at timestamptz,
  created_at timestamptz not null default now(),
  constraint payments_refund_within check (amount_refunded_minor between 0 and amount_minor),
  constraint payments_outcome_whole check (
    (outcome is null) = (outcome_at is null)
    and (outcome is distinct from 'WAITING' or (outcome_reason <> '' and outcome_owner <> ''))
  ),
  constraint payments_outcome_of_success check (outcome is null or status = 'SUCCEEDED'),
  constraint payments_paid_at check ((status = 'SUCCEEDED') = (paid_at is not null))
);
create index payments_user on public.payments (user_id, created_at desc, id desc);
create index payments_booking on public.payments (booking_id);
create index payments_without_outcome on public.payments (paid_at)
  where status = 'SUCCEEDED' and outcome is null;
comment on table public.payments is 'Money that a client paid or tried to pay, one row a payment intent.';
comment on column public.payments.id is 'Key; idempotency keys of refunds and transfers are made from it.';
comment on column public.payments.user_id is 'Who paid; null once they deleted their account.';
comment on column public.payments.booking_id is 'What for.';
comment on column public.payments.stripe_checkout_session_id is 'The checkout it came through.';
comment on column public.payments.stripe_payment_intent_id is 'Stripe''s id of the payment.';
comment on column public.payments.stripe_charge_id is 'Stripe''s id of the charge; null before one was made.';
comment on column public.payments.stripe_customer_id is 'Stripe''s id of the customer, kept for accounting.';
comment on column public.payments.amount_minor is 'Amount in minor units, as Stripe reports it.';
comment on column public.payments.amount_refunded_minor is 'How much of it went back, in minor units.';
comment on column public.payments.currency is 'ISO 4217 code, upper case.';
comment on column public.payments.status is 'Whether the money came: not yet, yes, no.';
comment on column public.payments.failure_reason is 'Why it failed, fit for the client; null otherwise.';
comment on column public.payments.receipt_url is 'Stripe''s receipt; null before it exists.';
comment on column public.payments.outcome is 'How it ended: exactly one of fulfilled, refunded, waiting for a human; null while on its way.';
comment on column public.payments.outcome_reason is 'Why it was refunded or waits, in a sentence.';
comment on column public.payments.outcome_owner is 'The human it waits for.';
comment on column public.payments.outcome_at is 'When it ended so.';
comment on column public.payments.paid_at is 'When the money came; null otherwise.';
comment on column public.payments.created_at is 'When we first heard of it.';

alter table public.payments enable row level security;
revoke all on table public.payments from anon, authenticated;
grant select (
  id, user_id, booking_id, stripe_checkout_session_id, stripe_payment_intent_id, amount_minor,
  amount_refunded_minor, currency, status, failure_reason, receipt_url, outcome, outcome_reason,
  outcome_at, paid_at, created_at
) on table public.payments to authenticated;
grant select, insert, update, delete on table public.payments to service_role;
create policy payments_select_own on public.payments for select to authenticated
  using ((select auth.uid()) = user_id);

create table private.refunds (
  id uuid primary key default gen_random_uuid(),
  payment_id uuid not null references public.payments (id),
  stripe_refund_id text unique,
  amount_minor bigint not null check (amount_minor > 0),
  status text not null default 'REQUESTED'
    check (status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION', 'SUCCEEDED', 'FAILED', 'CANCELED')),
  origin text not null check (origin in ('SESSIONPAY', 'DASHBOARD')),
  reason text not null check (reason <> ''),
  failure_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index refunds_payment on private.refunds (payment_id);
create unique index refunds_ours_once on private.refunds (payment_id) where origin = 'SESSIONPAY';
create index refunds_unsettled on private.refunds (updated_at)
  where status in ('REQUESTED', 'PENDING', 'REQUIRES_ACTION');
comment on table private.refunds is 'Money on its way back; made before Stripe is asked.';
comment on column private.refunds.id is 'Key; the refund''s idempotency key is made from it.';
comment on column private.refunds.payment_id is 'Which payment.';
comment on column private.refunds.stripe_refund_id is 'Stripe''s id; null until Stripe answered.';
comment on column private.refunds.amount_minor is 'Amount in minor units.';
comment on column private.refunds.status is 'REQUESTED until Stripe answered, then as Stripe says.';
comment on column private.refunds.origin is 'Whether we asked for it or somebody did in Stripe''s dashboard.';
comment on column private.refunds.reason is 'Why, in a sentence fit for the client.';
comment on column private.refunds.failure_reason is 'Why Stripe could not return it; null otherwise.';
comment on column private.refunds.created_at is 'When it was asked for.';
comment on column private.refunds.updated_at is 'When the status last changed.';

create table private.stripe_events (
  id text primary key,
  type text not null,
  livemode boolean not null,
  payload jsonb not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  outcome text
);
create index stripe_events_open on private.stripe_events (received_at) where processed_at is null;
comment on table private.stripe_events is 'Every event Stripe delivered, once.';
comment on column private.stripe_events.id is 'Stripe''s id of the event.';
comment on column private.stripe_events.type is 'Stripe''s type, such as checkout.session.completed.';
comment on column private.stripe_events.livemode is 'Whether it tells of real money.';
comment on column private.stripe_events.payload is 'The event as delivered.';
comment on column private.stripe_events.received_at is 'When it first came.';
comment on column private.stripe_events.processed_at is 'When its effects were committed; null until then.';
comment on column private.stripe_events.outcome is 'What was done with it, in a word.';

-- The schema is closed to clients, so these need no row security; without policies it would be
-- a finding of Supabase's advisor.
grant select, insert, update, delete
  on private.checkouts, private.refunds, private.stripe_events to service_role;
