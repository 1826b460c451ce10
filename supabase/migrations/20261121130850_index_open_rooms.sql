-- Rooms to be removed; made while the table stays in use, and so alone in its file.
create index concurrently if not exists user_sessions_open on public.user_sessions (expires_at)
  where closed_at is null;
