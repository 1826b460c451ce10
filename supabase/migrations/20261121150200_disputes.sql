-- What a dispute took for good, and links that are not given out while one is open.
set local lock_timeout = '5s';

alter table public.payments
  add column amount_lost_minor bigint not null default 0,
  add column dispute_count smallint not null default 0,
  add constraint payments_lost_within
    check (amount_lost_minor between 0 and amount_minor) not valid;
comment on column public.payments.amount_lost_minor is 'How much of it a bank returned to the payer after a dispute that was lost, in minor units.';
comment on column public.payments.dispute_count is 'How many disputes about it the operator was told of.';
update public.payments set dispute_count = 1 where dispute_status is not null;
grant select (amount_lost_minor) on table public.payments to authenticated;

alter table public.user_sessions add column withheld_at timestamptz;
comment on column public.user_sessions.withheld_at is 'Since when the link is not given out, for the payment is disputed; null otherwise.';
drop policy user_sessions_select_own on public.user_sessions;
create policy user_sessions_select_own on public.user_sessions for select to authenticated
  using ((select auth.uid()) = user_id and expires_at > now() and withheld_at is null);
