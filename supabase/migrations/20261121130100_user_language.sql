-- The language of a person is unknown until it is told; their bot may be blocked.
set local lock_timeout = '5s';

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
