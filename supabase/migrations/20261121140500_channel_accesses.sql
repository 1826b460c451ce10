-- Who may be in a private channel, and how they get in.
set local lock_timeout = '5s';

create table private.channel_accesses (
  id uuid primary key default gen_random_uuid(),
  channel_id uuid not null references public.channels (id),
  user_id uuid references public.users (id) on delete set null,
  telegram_buyer_id uuid references private.telegram_buyers (id) on delete set null,
  person_id bigint,
  status text not null default 'WANTED'
    check (status in ('WANTED', 'INVITED', 'JOINED', 'LEFT', 'ENDED')),
  invite_link text,
  round integer not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index channel_accesses_user on private.channel_accesses (user_id, channel_id);
create unique index channel_accesses_buyer
  on private.channel_accesses (telegram_buyer_id, channel_id);
create index channel_accesses_channel on private.channel_accesses (channel_id, person_id);
create index channel_accesses_link on private.channel_accesses (invite_link);
create index channel_accesses_moving on private.channel_accesses (updated_at)
  where status in ('WANTED', 'INVITED');
grant select, insert, update, delete on private.channel_accesses to service_role;
comment on table private.channel_accesses is 'One row a person and channel: where they stand. Whether they may be in it, their subscriptions tell.';
comment on column private.channel_accesses.id is 'Key.';
comment on column private.channel_accesses.channel_id is 'The channel.';
comment on column private.channel_accesses.user_id is 'The person''s account; null without one.';
comment on column private.channel_accesses.telegram_buyer_id is 'Who bought in Telegram; null for everybody else.';
comment on column private.channel_accesses.person_id is 'Who is in the channel, or alone may come in, by their id at Telegram; null while nobody knows.';
comment on column private.channel_accesses.status is 'WANTED: a link is to be made. INVITED: there is one. JOINED: in the channel. LEFT: gone by themselves. ENDED: put out, or never came.';
comment on column private.channel_accesses.invite_link is 'The link by which this person alone is let in when they ask; null when there is none.';
comment on column private.channel_accesses.round is 'How often access was given, so that each time is told once.';
comment on column private.channel_accesses.created_at is 'When the row was made.';
comment on column private.channel_accesses.updated_at is 'When it last changed.';
