-- Hosts' accounts at Stripe, and what the platform keeps of what they earn.
set local lock_timeout = '5s';

alter table public.hosts add column keeps_cancellation_fees boolean not null default false;
comment on column public.hosts.keeps_cancellation_fees is 'Whether what a late cancellation keeps is paid out to the host, less the fee.';

create table private.payout_accounts (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null unique references public.hosts (id) on delete cascade,
  stripe_account_id text unique,
  country text not null check (country ~ '^[A-Z]{2}$'),
  status text not null default 'CREATING'
    check (status in ('CREATING', 'ONBOARDING', 'RESTRICTED', 'ACTIVE', 'CLOSED')),
  requirements text[] not null default '{}',
  disabled_reason text,
  ticket bigint not null default 0,
  read_at timestamptz,
  created_at timestamptz not null,
  constraint payout_accounts_made check ((status = 'CREATING') = (stripe_account_id is null))
);
comment on table private.payout_accounts is 'The account at Stripe into which a host is paid; made before Stripe is asked.';
comment on column private.payout_accounts.id is 'Key; the idempotency key of the account''s creation is made from it.';
comment on column private.payout_accounts.host_id is 'Whose it is.';
comment on column private.payout_accounts.stripe_account_id is 'Stripe''s id; null until Stripe answered.';
comment on column private.payout_accounts.country is 'ISO 3166 code of the host''s country; can''t be changed at Stripe.';
comment on column private.payout_accounts.status is 'CREATING until its id is known, ONBOARDING until the host told everything, RESTRICTED while Stripe wants more, ACTIVE when transfers arrive, CLOSED for good.';
comment on column private.payout_accounts.requirements is 'What Stripe wants from the host now, in its own words.';
comment on column private.payout_accounts.disabled_reason is 'Why Stripe lets no transfer in, in its own words; null otherwise.';
comment on column private.payout_accounts.ticket is 'Number of the reading at Stripe that this row shows.';
comment on column private.payout_accounts.read_at is 'When Stripe was last asked.';
comment on column private.payout_accounts.created_at is 'When it was begun.';

create table private.platform_fees (
  host_id uuid not null references public.hosts (id) on delete cascade,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  fixed_minor bigint not null default 0 check (fixed_minor >= 0),
  percent numeric(5, 2) not null default 0 check (percent between 0 and 100),
  minimum_minor bigint not null default 1 check (minimum_minor > 0),
  primary key (host_id, currency)
);
comment on table private.platform_fees is 'What the platform keeps of a host''s payments; without a row PLATFORM_FEE_PERCENT counts.';
comment on column private.platform_fees.host_id is 'Whose payments.';
comment on column private.platform_fees.currency is 'Payments in which currency; ISO 4217, upper case.';
comment on column private.platform_fees.fixed_minor is 'Kept of each payment, in minor units.';
comment on column private.platform_fees.percent is 'Kept beside that, in percent of what was not returned.';
comment on column private.platform_fees.minimum_minor is 'The least that is paid out, in minor units.';

grant select, insert, update, delete
  on private.payout_accounts, private.platform_fees to service_role;

create sequence private.payout_readings;
comment on sequence private.payout_readings is 'Numbers the readings of accounts at Stripe: of two the greater began later.';
grant usage on sequence private.payout_readings to service_role;
