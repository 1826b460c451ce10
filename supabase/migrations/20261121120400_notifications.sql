-- Messages to people, and what went wrong.
set local lock_timeout = '5s';

create table public.notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.users (id) on delete cascade,
  booking_id uuid references public.bookings (id) on delete cascade,
  kind text not null,
  medium text not null check (medium in ('IN_APP', 'EMAIL')),
  recipient text,
  dedupe_key text not null unique,
  title text not null,
  body text not null,
  status text not null default 'QUEUED' check (status in ('QUEUED', 'SENT', 'FAILED')),
  sent_at timestamptz,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  constraint notifications_mail_has_recipient check (medium <> 'EMAIL' or recipient is not null),
  constraint notifications_sent_at check ((status = 'SENT') = (sent_at is not null))
);
create index notifications_user on public.notifications (user_id, created_at desc, id desc);
create index notifications_booking on public.notifications (booking_id);
create index notifications_queued on public.notifications (created_at) where status = 'QUEUED';
comment on table public.notifications is 'One message to one person over one medium.';
comment on column public.notifications.id is 'Key; the e-mail''s Message-ID is made from it.';
comment on column public.notifications.user_id is 'The person; null for a host without a sign-in.';
comment on column public.notifications.booking_id is 'What it is about; null if not about a booking.';
comment on column public.notifications.kind is 'What it says, such as BOOKING_CONFIRMED.';
comment on column public.notifications.medium is 'How it travels.';
comment on column public.notifications.recipient is 'The address it goes to; null in the app.';
comment on column public.notifications.dedupe_key is 'Makes the same message to the same person over the same medium impossible.';
comment on column public.notifications.title is 'Subject or heading.';
comment on column public.notifications.body is 'Plain text.';
comment on column public.notifications.status is 'Whether it was handed over.';
comment on column public.notifications.sent_at is 'When it was handed over; null until then.';
comment on column public.notifications.read_at is 'When the person read it in the app; null until then.';
comment on column public.notifications.created_at is 'When it was written.';

alter table public.notifications enable row level security;
revoke all on table public.notifications from anon, authenticated;
grant select on table public.notifications to authenticated;
grant select, insert, update, delete on table public.notifications to service_role;
create policy notifications_select_own on public.notifications for select to authenticated
  using ((select auth.uid()) = user_id and medium = 'IN_APP');

create table private.error_logs (
  id uuid primary key default gen_random_uuid(),
  source text not null,
  vendor text,
  booking_id uuid references public.bookings (id) on delete cascade,
  payment_id uuid references public.payments (id) on delete cascade,
  message text not null,
  final boolean not null,
  correlation_id text,
  created_at timestamptz not null default now(),
  resolved_at timestamptz
);
create index error_logs_booking on private.error_logs (booking_id);
create index error_logs_payment on private.error_logs (payment_id);
create index error_logs_open on private.error_logs (created_at) where resolved_at is null;
grant select, insert, update, delete on private.error_logs to service_role;
comment on table private.error_logs is 'What went wrong, for the operator; nothing secret in it.';
comment on column private.error_logs.id is 'Key.';
comment on column private.error_logs.source is 'The job or route in which it happened.';
comment on column private.error_logs.vendor is 'The outside service concerned; null for our own.';
comment on column private.error_logs.booking_id is 'The booking concerned, if one is.';
comment on column private.error_logs.payment_id is 'The payment concerned, if one is.';
comment on column private.error_logs.message is 'What happened, in a sentence.';
comment on column private.error_logs.final is 'Whether nothing more is tried by itself.';
comment on column private.error_logs.correlation_id is 'The id that the log lines of the same work carry.';
comment on column private.error_logs.created_at is 'When it happened.';
comment on column private.error_logs.resolved_at is 'When it was mended; null until then.';
