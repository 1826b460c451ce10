-- Users (mirrored from auth.users) and hosts.
set local lock_timeout = '5s';

create schema if not exists extensions;
create extension if not exists btree_gist with schema extensions;

create schema private;
comment on schema private is 'Tables and functions for the server alone; never listed among the exposed schemas.';
revoke all on schema private from public;
grant usage on schema private to service_role;

create table public.users (
  id uuid primary key references auth.users (id) on delete cascade,
  email text,
  name text,
  language text not null default 'en',
  time_zone text,
  paid boolean not null default false,
  stripe_customer_id text unique,
  telegram_id bigint unique,
  created_at timestamptz not null default now()
);
comment on table public.users is 'One row a signed-in person, mirrored from auth.users.';
comment on column public.users.id is 'The id in auth.users.';
comment on column public.users.email is 'Address for confirmations; null for phone, anonymous and Telegram sign-ins.';
comment on column public.users.name is 'Display name from the sign-in, if it gave one.';
comment on column public.users.language is 'BCP 47 language of messages.';
comment on column public.users.time_zone is 'IANA zone in which messages print times; null means UTC.';
comment on column public.users.paid is 'Whether this person has a payment that was neither returned nor refused.';
comment on column public.users.stripe_customer_id is 'Their one customer at Stripe; null before the first checkout.';
comment on column public.users.telegram_id is 'The linked Telegram chat; null when none is linked.';
comment on column public.users.created_at is 'When the row was made.';

alter table public.users enable row level security;
revoke all on table public.users from anon, authenticated;
grant select on table public.users to authenticated;
grant select, insert, update, delete on table public.users to service_role;
create policy users_select_own on public.users for select to authenticated
  using ((select auth.uid()) = id);

-- Runs as supabase_auth_admin during sign-up: it must never fail, or nobody can sign up.
create function private.mirror_auth_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.users (id, email, name, language)
  values (
    new.id,
    nullif(new.email, ''),
    coalesce(new.raw_user_meta_data ->> 'full_name', new.raw_user_meta_data ->> 'name'),
    coalesce(new.raw_user_meta_data ->> 'language', 'en')
  )
  on conflict (id) do update set
    email = excluded.email,
    name = coalesce(excluded.name, public.users.name);
  return new;
end
$$;
comment on function private.mirror_auth_user() is 'Keeps public.users in step with auth.users.';
revoke execute on function private.mirror_auth_user() from public, anon, authenticated;

create trigger mirror_auth_user
  after insert or update of email, raw_user_meta_data on auth.users
  for each row execute function private.mirror_auth_user();

insert into public.users (id, email) select id, nullif(email, '') from auth.users
on conflict (id) do nothing;

create table public.hosts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid unique references public.users (id) on delete set null,
  name text not null check (name <> ''),
  bio text not null default '',
  email text not null check (email like '%@%'),
  time_zone text not null,
  active boolean not null default true,
  created_at timestamptz not null default now()
);
comment on table public.hosts is 'People who sell their time.';
comment on column public.hosts.id is 'Key.';
comment on column public.hosts.user_id is 'The host''s own sign-in; null while they have none.';
comment on column public.hosts.name is 'Name shown to clients.';
comment on column public.hosts.bio is 'A few sentences shown to clients.';
comment on column public.hosts.email is 'Where the host is told of bookings; not readable by clients.';
comment on column public.hosts.time_zone is 'IANA zone in which the weekly hours are meant.';
comment on column public.hosts.active is 'Whether the host can be booked now.';
comment on column public.hosts.created_at is 'When the row was made.';

alter table public.hosts enable row level security;
revoke all on table public.hosts from anon, authenticated;
grant select (id, name, bio, time_zone, active) on table public.hosts to authenticated;
grant select, insert, update, delete on table public.hosts to service_role;
create policy hosts_select_active on public.hosts for select to authenticated using (active);
