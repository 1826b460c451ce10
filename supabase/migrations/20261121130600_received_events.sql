-- Webhooks of other services, links to Telegram, shared access tokens.
set local lock_timeout = '5s';

create table private.telegram_links (
  code_hash bytea primary key,
  user_id uuid not null references public.users (id) on delete cascade,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null
);
create index telegram_links_user on private.telegram_links (user_id);
grant select, insert, update, delete on private.telegram_links to service_role;
comment on table private.telegram_links is 'Single-use codes by which a signed-in user links their Telegram chat.';
comment on column private.telegram_links.code_hash is 'SHA-256 of the code; the code itself is only in the link.';
comment on column private.telegram_links.user_id is 'Who asked for the link.';
comment on column private.telegram_links.expires_at is 'From when on the code is worth nothing.';
comment on column private.telegram_links.used_at is 'When it was used; null until then.';
comment on column private.telegram_links.created_at is 'When it was made.';

create table private.received_events (
  source text not null check (source in ('telegram', 'calendly')),
  key text not null,
  payload jsonb not null,
  received_at timestamptz not null,
  processed_at timestamptz,
  primary key (source, key)
);
create index received_events_open on private.received_events (received_at) where processed_at is null;
grant select, insert, update, delete on private.received_events to service_role;
comment on table private.received_events is 'Webhooks of services other than Stripe, each stored once.';
comment on column private.received_events.source is 'Who sent it.';
comment on column private.received_events.key is 'The same for every delivery of the same news.';
comment on column private.received_events.payload is 'What is needed to act on it.';
comment on column private.received_events.received_at is 'When it came first.';
comment on column private.received_events.processed_at is 'When its effects were committed; null until then.';

create table private.vendor_tokens (
  name text primary key,
  access_token text,
  expires_at timestamptz,
  leased_until timestamptz
);
grant select, insert, update, delete on private.vendor_tokens to service_role;
comment on table private.vendor_tokens is 'Access tokens that all processes share, because a new one may end the one before.';
comment on column private.vendor_tokens.name is 'Service and account.';
comment on column private.vendor_tokens.access_token is 'The token, good for an hour at most; null before the first.';
comment on column private.vendor_tokens.expires_at is 'When it ends.';
comment on column private.vendor_tokens.leased_until is 'Until when one process alone fetches a new one; null when none does.';
