-- People who buy in Telegram and have no account here (yet).
set local lock_timeout = '5s';

create table private.telegram_buyers (
  id uuid primary key default gen_random_uuid(),
  telegram_id bigint not null unique,
  name text,
  language text,
  email text,
  stripe_customer_id text unique,
  blocked_at timestamptz,
  user_id uuid references public.users (id) on delete set null,
  created_at timestamptz not null
);
create index telegram_buyers_user on private.telegram_buyers (user_id);
grant select, insert, update, delete on private.telegram_buyers to service_role;
comment on table private.telegram_buyers is 'Who bought through the bot without an account; linked to one later, or never.';
comment on column private.telegram_buyers.id is 'Key; also in Stripe''s metadata.';
comment on column private.telegram_buyers.telegram_id is 'Their id at Telegram, which is also their chat with the bot.';
comment on column private.telegram_buyers.name is 'First name there.';
comment on column private.telegram_buyers.language is 'BCP 47 language of their app; null if it gave none.';
comment on column private.telegram_buyers.email is 'Address they gave on the payment page; null before that.';
comment on column private.telegram_buyers.stripe_customer_id is 'Their one customer at Stripe; null before the first checkout.';
comment on column private.telegram_buyers.blocked_at is 'When they kept our bot from writing to them; null while it may.';
comment on column private.telegram_buyers.user_id is 'The account to which their chat was linked; null while there is none.';
comment on column private.telegram_buyers.created_at is 'When they first asked to pay.';
