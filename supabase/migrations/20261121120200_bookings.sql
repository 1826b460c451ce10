-- Bookings and the meeting links they lead to.
set local lock_timeout = '5s';

create table public.bookings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.users (id) on delete set null,
  host_id uuid not null references public.hosts (id),
  session_type_id uuid not null references public.session_types (id),
  status text not null default 'AWAITING_PAYMENT'
    check (status in ('AWAITING_PAYMENT', 'PENDING', 'ACCEPTED', 'CANCELLED', 'REJECTED')),
  status_reason text,
  starts_at timestamptz,
  ends_at timestamptz,
  occupied tstzrange,
  duration_minutes integer not null check (duration_minutes > 0),
  price_minor integer not null check (price_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  hold_expires_at timestamptz,
  place_by timestamptz,
  idempotency_key text check (length(idempotency_key) between 1 and 255),
  calendar_ref text,
  room_key uuid not null default gen_random_uuid(),
  sequence integer not null default 0 check (sequence >= 0),
  time_zone text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint bookings_time_whole check (
    (starts_at is null) = (ends_at is null) and (starts_at is null) = (occupied is null)
  ),
  constraint bookings_time_order check (
    starts_at < ends_at and occupied @> tstzrange(starts_at, ends_at)
  ),
  constraint bookings_accepted_has_time check (status <> 'ACCEPTED' or starts_at is not null),
  constraint bookings_hold_ends check (status <> 'AWAITING_PAYMENT' or hold_expires_at is not null),
  constraint bookings_no_overlap exclude using gist (host_id with =, occupied with &&)
    where (status in ('AWAITING_PAYMENT', 'PENDING', 'ACCEPTED') and occupied is not null)
);
create index bookings_user on public.bookings (user_id, created_at desc, id desc);
create index bookings_host on public.bookings (host_id, starts_at);
create index bookings_session_type on public.bookings (session_type_id, starts_at);
create unique index bookings_idempotency_key on public.bookings (user_id, idempotency_key);
create index bookings_unsettled on public.bookings (status, updated_at)
  where status in ('AWAITING_PAYMENT', 'PENDING');
create index bookings_still_in_calendar on public.bookings (updated_at)
  where status in ('CANCELLED', 'REJECTED') and calendar_ref is not null;
create index bookings_accepted on public.bookings (ends_at) where status = 'ACCEPTED';
comment on table public.bookings is 'A session somebody books: from the hold of its slot to its end.';
comment on column public.bookings.id is 'Key; also in Stripe''s metadata and the calendar file''s UID.';
comment on column public.bookings.user_id is 'The client; null once they deleted their account.';
comment on column public.bookings.host_id is 'The host.';
comment on column public.bookings.session_type_id is 'What was bought.';
comment on column public.bookings.status is 'The state; services/domain/booking.py holds the only table of its changes.';
comment on column public.bookings.status_reason is 'Why it was cancelled or rejected, fit for the client; null otherwise.';
comment on column public.bookings.starts_at is 'Start; null while a session paid first has no time yet.';
comment on column public.bookings.ends_at is 'End.';
comment on column public.bookings.occupied is 'The session with its buffers: what nobody else may take.';
comment on column public.bookings.duration_minutes is 'Length when it was bought, in minutes.';
comment on column public.bookings.price_minor is 'Price when it was bought, in minor units.';
comment on column public.bookings.currency is 'ISO 4217 code, upper case.';
comment on column public.bookings.hold_expires_at is 'When the unpaid hold ends unless Stripe says otherwise.';
comment on column public.bookings.place_by is 'Until when a session paid first must be given its time; null otherwise.';
comment on column public.bookings.idempotency_key is 'The client''s own key: the same key returns the same booking.';
comment on column public.bookings.calendar_ref is 'Id of the entry in the host''s calendar; null until it is booked.';
comment on column public.bookings.room_key is 'Unguessable name of the meeting room.';
comment on column public.bookings.sequence is 'SEQUENCE of the calendar file; grows when the booking changes.';
comment on column public.bookings.time_zone is 'IANA zone in which the client chose the time; messages print times in it.';
comment on column public.bookings.created_at is 'When the hold was made.';
comment on column public.bookings.updated_at is 'When the status or the time last changed.';

alter table public.bookings enable row level security;
revoke all on table public.bookings from anon, authenticated;
-- Not room_key: the meeting link is made of it, and an unpaid client must not know it.
grant select (
  id, user_id, host_id, session_type_id, status, status_reason, starts_at, ends_at,
  duration_minutes, price_minor, currency, hold_expires_at, place_by, sequence, time_zone,
  created_at, updated_at
) on table public.bookings to authenticated;
grant select, insert, update, delete on table public.bookings to service_role;
create policy bookings_select_own on public.bookings for select to authenticated
  using ((select auth.uid()) = user_id);

create table public.user_sessions (
  session_id uuid primary key default gen_random_uuid(),
  booking_id uuid not null unique references public.bookings (id) on delete cascade,
  user_id uuid references public.users (id) on delete cascade,
  meeting_url text not null check (meeting_url ~ '^https?://'),
  room_ref text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index user_sessions_user on public.user_sessions (user_id);
comment on table public.user_sessions is 'The meeting link of a booking.';
comment on column public.user_sessions.session_id is 'Key.';
comment on column public.user_sessions.booking_id is 'The booking.';
comment on column public.user_sessions.user_id is 'Its client.';
comment on column public.user_sessions.meeting_url is 'Where to meet.';
comment on column public.user_sessions.room_ref is 'Id of the room at the service that gave it.';
comment on column public.user_sessions.expires_at is 'From when on the link is no longer given out.';
comment on column public.user_sessions.created_at is 'When the room was opened.';

alter table public.user_sessions enable row level security;
revoke all on table public.user_sessions from anon, authenticated;
grant select on table public.user_sessions to authenticated;
grant select, insert, update, delete on table public.user_sessions to service_role;
create policy user_sessions_select_own on public.user_sessions for select to authenticated
  using ((select auth.uid()) = user_id and expires_at > now());
