-- Hosts' own calendars and rooms, what a booking has there, and what happened to it step by step.
set local lock_timeout = '5s';

alter table public.hosts
  add column language text not null default 'en',
  add column calendar text check (calendar in ('BUILTIN', 'CALCOM', 'GOOGLE', 'CALENDLY')),
  add column calendar_account text,
  add column video text check (video in ('ADDRESS', 'ZOOM', 'DAILY', 'CALENDAR')),
  add column video_account text;
comment on column public.hosts.language is 'BCP 47 language of messages to the host.';
comment on column public.hosts.calendar is 'Service that holds the host''s calendar; null means DEFAULT_CALENDAR.';
comment on column public.hosts.calendar_account is 'The host at that service: Google''s calendar id, Calendly''s user URI; null where none is needed.';
comment on column public.hosts.video is 'Where the host meets; CALENDAR is the calendar''s own room. Null means DEFAULT_VIDEO.';
comment on column public.hosts.video_account is 'The host at that service: Zoom''s user id or e-mail; null where none is needed.';

alter table public.session_types add column calendar_event_type text;
comment on column public.session_types.calendar_event_type is 'The session type at the calendar service: Cal.com''s event type id, Calendly''s event type URI; null where none is needed.';

-- The language is unknown until a token or Supabase Auth tells it.
alter table public.users
  alter column language drop not null,
  alter column language drop default,
  add column telegram_blocked_at timestamptz;
comment on column public.users.language is 'BCP 47 language of messages; null until it is known.';
comment on column public.users.telegram_blocked_at is 'When the person kept our bot from writing to them; null while it may.';

create or replace function private.mirror_auth_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.users (id, email, name, language)
  values (
    new.id,
    nullif(new.email, ''),
    coalesce(new.raw_user_meta_data ->> 'full_name', new.raw_user_meta_data ->> 'name'),
    new.raw_user_meta_data ->> 'language'
  )
  on conflict (id) do update set
    email = excluded.email,
    name = coalesce(excluded.name, public.users.name),
    language = coalesce(excluded.language, public.users.language);
  return new;
end
$$;

alter table public.bookings
  add column calendar_reservation text,
  add column calendar_asked_at timestamptz,
  add column room_asked_at timestamptz,
  add column scheduling_url text;
drop index public.bookings_still_in_calendar;
create index bookings_left_behind on public.bookings (updated_at)
  where status in ('CANCELLED', 'REJECTED') and (
    calendar_ref is not null or calendar_reservation is not null
    or calendar_asked_at is not null or room_asked_at is not null
  );
create index bookings_calendar_ref on public.bookings (calendar_ref);
create index bookings_starting on public.bookings (starts_at) where status = 'ACCEPTED';
comment on column public.bookings.calendar_ref is 'Service and id of the entry in the host''s calendar, such as CALCOM:abc; null until it is booked.';
comment on column public.bookings.calendar_reservation is 'Service and id of the reservation there while the client pays; null when there is none.';
comment on column public.bookings.calendar_asked_at is 'When the calendar was first asked to book it; from then on it is looked up before asking again.';
comment on column public.bookings.room_asked_at is 'When its video service was first asked for a room; null once there is none any more.';
comment on column public.bookings.scheduling_url is 'Single-use address on which the client of a paid session chooses its time at the host''s Calendly; null otherwise.';
grant select (scheduling_url) on table public.bookings to authenticated;

alter table public.user_sessions
  add column host_url text check (host_url ~ '^https?://'),
  add column closed_at timestamptz;
create index user_sessions_open on public.user_sessions (expires_at) where closed_at is null;
comment on column public.user_sessions.room_ref is 'Service and id of the room, such as DAILY:s-123.';
comment on column public.user_sessions.host_url is 'Address that lets the host in as host; null where they use the same link. Not readable by clients.';
comment on column public.user_sessions.closed_at is 'When the room was removed at its service; null while it may be there.';
revoke select on table public.user_sessions from authenticated;
grant select (session_id, booking_id, user_id, meeting_url, expires_at, created_at)
  on table public.user_sessions to authenticated;

alter table public.notifications
  drop constraint notifications_medium_check,
  add constraint notifications_medium_check check (medium in ('IN_APP', 'EMAIL', 'TELEGRAM')),
  drop constraint notifications_mail_has_recipient,
  add constraint notifications_has_recipient check (medium = 'IN_APP' or recipient is not null),
  add column language text not null default 'en',
  add column provider_ref text,
  add column unheard integer not null default 0;
comment on column public.notifications.recipient is 'The e-mail address or Telegram chat it goes to; null in the app.';
comment on column public.notifications.language is 'BCP 47 language it is written in.';
comment on column public.notifications.unheard is 'How often it was handed over without hearing whether it was taken.';
comment on column public.notifications.provider_ref is 'The service''s own id of the message; null where there is none.';

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
