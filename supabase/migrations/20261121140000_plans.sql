-- Plans, and the private channels that plans open.
set local lock_timeout = '5s';

create table public.channels (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  description text not null default '',
  telegram_chat_id bigint unique,
  link text check (link ~ '^https?://'),
  created_at timestamptz not null default now()
);
comment on table public.channels is 'Private Telegram channels that are sold.';
comment on column public.channels.id is 'Key.';
comment on column public.channels.name is 'Name shown to buyers.';
comment on column public.channels.description is 'What is in it, for buyers.';
comment on column public.channels.telegram_chat_id is 'Telegram''s id of the channel, such as -1001234567890; null where members are let in by the plain link. Not readable by clients.';
comment on column public.channels.link is 'The plain link for everybody who paid; null means PAID_CHANNEL_LINK. Not readable by clients.';
comment on column public.channels.created_at is 'When the row was made.';

alter table public.channels enable row level security;
revoke all on table public.channels from anon, authenticated;
grant select (id, name, description, created_at) on table public.channels to authenticated;
grant select, insert, update, delete on table public.channels to service_role;
create policy channels_select_all on public.channels for select to authenticated using (true);

create table public.plans (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  description text not null default '',
  price_minor bigint not null check (price_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  billing_interval text check (billing_interval in ('DAY', 'WEEK', 'MONTH', 'YEAR')),
  billing_interval_count integer not null default 1 check (billing_interval_count between 1 and 365),
  trial_days integer check (trial_days between 1 and 730),
  session_credits integer not null default 0 check (session_credits between 0 and 1000),
  channel_id uuid references public.channels (id),
  sold_in_chat boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  constraint plans_once_has_no_trial check (billing_interval is not null or trial_days is null)
);
create index plans_channel on public.plans (channel_id);
create index plans_on_sale on public.plans (created_at desc, id desc) where active;
create unique index plans_one_in_chat on public.plans (sold_in_chat) where sold_in_chat and active;
comment on table public.plans is 'What is sold by subscription, or once for good.';
comment on column public.plans.id is 'Key; also in Stripe''s metadata.';
comment on column public.plans.name is 'Name shown to buyers, on Stripe''s pages too.';
comment on column public.plans.description is 'What one gets, for buyers.';
comment on column public.plans.price_minor is 'Price of a period, in minor units; a change is for new subscriptions.';
comment on column public.plans.currency is 'ISO 4217 code, upper case.';
comment on column public.plans.billing_interval is 'Unit of the billing period; null for what is paid once and kept.';
comment on column public.plans.billing_interval_count is 'How many of the unit are one period.';
comment on column public.plans.trial_days is 'Free days before a person''s first payment; null for none.';
comment on column public.plans.session_credits is 'Sessions that may be booked without payment in each period.';
comment on column public.plans.channel_id is 'The private channel it opens; null for none.';
comment on column public.plans.sold_in_chat is 'Whether it is what the bot''s /pay sells; one plan at most.';
comment on column public.plans.active is 'Whether it can be bought now.';
comment on column public.plans.created_at is 'When the row was made.';

alter table public.plans enable row level security;
revoke all on table public.plans from anon, authenticated;
grant select on table public.plans to authenticated;
grant select, insert, update, delete on table public.plans to service_role;
create policy plans_select_active on public.plans for select to authenticated using (active);

create table private.plan_prices (
  stripe_price_id text primary key,
  stripe_product_id text not null,
  plan_id uuid not null references public.plans (id),
  price_minor bigint not null,
  currency text not null,
  billing_interval text not null,
  billing_interval_count integer not null,
  created_at timestamptz not null,
  unique (plan_id, price_minor, currency, billing_interval, billing_interval_count)
);
comment on table private.plan_prices is 'Stripe''s prices of our plans. A price never changes there: another amount is another price.';
comment on column private.plan_prices.stripe_price_id is 'Stripe''s id of the price.';
comment on column private.plan_prices.stripe_product_id is 'Stripe''s id of the product.';
comment on column private.plan_prices.plan_id is 'The plan.';
comment on column private.plan_prices.price_minor is 'Amount of a period, in minor units.';
comment on column private.plan_prices.currency is 'ISO 4217 code, upper case.';
comment on column private.plan_prices.billing_interval is 'Unit of the billing period.';
comment on column private.plan_prices.billing_interval_count is 'How many of the unit are one period.';
comment on column private.plan_prices.created_at is 'When it was made at Stripe.';

create table private.portal_configurations (
  digest text primary key,
  stripe_configuration_id text not null,
  created_at timestamptz not null
);
comment on table private.portal_configurations is 'What Stripe''s customer portal lets customers do.';
comment on column private.portal_configurations.digest is 'SHA-256 of what the configuration offers.';
comment on column private.portal_configurations.stripe_configuration_id is 'Stripe''s id of it.';
comment on column private.portal_configurations.created_at is 'When it was made at Stripe.';

grant select, insert, update, delete
  on private.plan_prices, private.portal_configurations to service_role;
