-- The host's own link, and whether the room is still there.
set local lock_timeout = '5s';

alter table public.user_sessions
  add column host_url text check (host_url ~ '^https?://'),
  add column shown_at timestamptz,
  add column closed_at timestamptz;
comment on column public.user_sessions.room_ref is 'Service and id of the room, such as DAILY:s-123.';
comment on column public.user_sessions.host_url is 'Address that lets the host in as host; null where they use the same link. Not readable by clients.';
comment on column public.user_sessions.shown_at is 'When the link was written into the host''s calendar; null until then.';
comment on column public.user_sessions.closed_at is 'When the room was removed at its service; null while it may be there.';
revoke select on table public.user_sessions from authenticated;
grant select (session_id, booking_id, user_id, meeting_url, expires_at, created_at)
  on table public.user_sessions to authenticated;
