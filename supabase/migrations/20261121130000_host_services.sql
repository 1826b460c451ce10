-- Which calendar and video service a host uses.
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
