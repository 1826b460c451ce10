-- Messages over Telegram, in the reader's language.
set local lock_timeout = '5s';

alter table public.notifications
  drop constraint notifications_medium_check,
  add constraint notifications_medium_check
    check (medium in ('IN_APP', 'EMAIL', 'TELEGRAM')) not valid,
  drop constraint notifications_mail_has_recipient,
  add constraint notifications_has_recipient
    check (medium = 'IN_APP' or recipient is not null) not valid,
  drop constraint notifications_status_check,
  add constraint notifications_status_check
    check (status in ('QUEUED', 'SENT', 'FAILED', 'OVERTAKEN')) not valid,
  add column round integer not null default 0,
  add column language text not null default 'en',
  add column provider_ref text,
  add column unheard integer not null default 0;
comment on column public.notifications.recipient is 'The e-mail address or Telegram chat it goes to; null in the app.';
comment on column public.notifications.status is 'Whether it was handed over; OVERTAKEN when what it says was no longer true by then.';
comment on column public.notifications.round is 'Which of the times that the booking was given it tells of, from 0.';
comment on column public.notifications.language is 'BCP 47 language it is written in.';
comment on column public.notifications.unheard is 'How often it was handed over without hearing whether it was taken.';
comment on column public.notifications.provider_ref is 'The service''s own id of the message; null where there is none.';
