-- Payouts: what a host is to have of a payment, its one transfer, and what was taken back.
set local lock_timeout = '5s';

create table public.payouts (
  id uuid primary key default gen_random_uuid(),
  payment_id uuid not null unique references public.payments (id),
  booking_id uuid not null references public.bookings (id),
  host_id uuid not null references public.hosts (id),
  user_id uuid references public.users (id) on delete set null,
  status text not null default 'WAITING'
    check (status in ('WAITING', 'SENDING', 'PAID', 'REVERSED', 'CANCELLED')),
  reason text,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  returned_minor bigint not null default 0 check (returned_minor >= 0),
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  net_minor bigint not null check (net_minor >= 0),
  held_at timestamptz,
  held_reason text,
  stripe_account_id text,
  fee_fixed_minor bigint check (fee_fixed_minor >= 0),
  fee_percent numeric(5, 2) check (fee_percent between 0 and 100),
  settled_minor bigint check (settled_minor > 0),
  transfer_currency text check (transfer_currency ~ '^[A-Z]{3}$'),
  transfer_minor bigint check (transfer_minor > 0),
  transfer_due_minor bigint check (transfer_due_minor >= 0),
  stripe_transfer_id text unique,
  reversed_minor bigint not null default 0,
  sending_at timestamptz,
  paid_at timestamptz,
  looked_at timestamptz,
  created_at timestamptz not null,
  constraint payouts_adds_up check (amount_minor = returned_minor + fee_minor + net_minor),
  constraint payouts_reason_given check (status not in ('WAITING', 'CANCELLED') or reason <> ''),
  constraint payouts_sending_whole check (
    status <> 'SENDING' or (sending_at is not null and stripe_account_id is not null
      and settled_minor is not null and transfer_currency is not null and transfer_minor is not null)
  ),
  constraint payouts_paid_whole check (
    (status in ('PAID', 'REVERSED')) = (stripe_transfer_id is not null)
    and (stripe_transfer_id is null) = (paid_at is null)
    and (stripe_transfer_id is null
      or (transfer_minor is not null and transfer_due_minor is not null))
  ),
  constraint payouts_reversed_within check (
    reversed_minor between 0 and coalesce(transfer_minor, 0)
  ),
  constraint payouts_reversed_whole check (
    status <> 'REVERSED' or reversed_minor = transfer_minor
  ),
  constraint payouts_held_whole check ((held_at is null) = (held_reason is null))
);
create index payouts_host on public.payouts (host_id, created_at desc, id desc);
create index payouts_user on public.payouts (user_id);
create index payouts_booking on public.payouts (booking_id);
create index payouts_open on public.payouts (id) where status in ('WAITING', 'SENDING');
create index payouts_overpaid on public.payouts (id)
  where status = 'PAID' and transfer_minor - reversed_minor > transfer_due_minor;
comment on table public.payouts is 'What a host is to have of a payment for a session of theirs: one row, and at most one transfer, a payment.';
comment on column public.payouts.id is 'Key; the transfer''s idempotency key is made from it.';
comment on column public.payouts.payment_id is 'The payment.';
comment on column public.payouts.booking_id is 'The session it paid for.';
comment on column public.payouts.host_id is 'Who is paid.';
comment on column public.payouts.user_id is 'The host''s own sign-in; null while they have none.';
comment on column public.payouts.status is 'WAITING for what the reason says, SENDING while Stripe is asked, PAID, REVERSED whole, CANCELLED for good.';
comment on column public.payouts.reason is 'Why it was not paid yet, or not at all; what hinders a reversal of one that was.';
comment on column public.payouts.currency is 'ISO 4217 code of the payment, upper case.';
comment on column public.payouts.amount_minor is 'What the client paid, in minor units.';
comment on column public.payouts.returned_minor is 'How much of it went back or is on its way, by refunds and lost disputes.';
comment on column public.payouts.fee_minor is 'What the platform keeps.';
comment on column public.payouts.net_minor is 'What the host is to have: the amount less what was returned and the fee.';
comment on column public.payouts.held_at is 'Since when the operator holds it back; null otherwise.';
comment on column public.payouts.held_reason is 'Why the operator holds it back.';
comment on column public.payouts.stripe_account_id is 'The account it was or is being sent to.';
comment on column public.payouts.fee_fixed_minor is 'The platform''s fixed fee as it was when the transfer was begun; null before that, and for one made by hand.';
comment on column public.payouts.fee_percent is 'The platform''s fee in percent as it was then; null likewise.';
comment on column public.payouts.settled_minor is 'What the whole payment came to in the currency in which it settled at Stripe.';
comment on column public.payouts.transfer_currency is 'The currency in which the payment settled, and in which the host is paid.';
comment on column public.payouts.transfer_minor is 'What the transfer moves or moved, in minor units of that currency.';
comment on column public.payouts.transfer_due_minor is 'What the transfer should have moved, as things stand now: what is more is taken back.';
comment on column public.payouts.stripe_transfer_id is 'Stripe''s id of the transfer; null before it was made.';
comment on column public.payouts.reversed_minor is 'How much of the transfer was taken back.';
comment on column public.payouts.sending_at is 'When Stripe was first asked for this transfer.';
comment on column public.payouts.paid_at is 'When the transfer was made.';
comment on column public.payouts.looked_at is 'When it was last looked at.';
comment on column public.payouts.created_at is 'When the payment was known to be for the host.';

alter table public.payouts enable row level security;
revoke all on table public.payouts from anon, authenticated;
grant select (
  id, payment_id, booking_id, host_id, status, reason, currency, amount_minor, returned_minor,
  fee_minor, net_minor, transfer_currency, transfer_minor, reversed_minor, paid_at, created_at
) on table public.payouts to authenticated;
grant select, insert, update, delete on table public.payouts to service_role;
create policy payouts_select_own on public.payouts for select to authenticated
  using ((select auth.uid()) = user_id);

create function private.give_payouts_to_sign_in() returns trigger
language plpgsql set search_path = ''
as $$
begin
  update public.payouts set user_id = new.user_id where host_id = new.id;
  return new;
end
$$;
comment on function private.give_payouts_to_sign_in() is 'Payouts are readable by whoever is the host now.';
revoke execute on function private.give_payouts_to_sign_in() from public, anon, authenticated;
create trigger give_payouts_to_sign_in after update of user_id on public.hosts
  for each row when (old.user_id is distinct from new.user_id)
  execute function private.give_payouts_to_sign_in();

create table private.transfer_reversals (
  id uuid primary key default gen_random_uuid(),
  payout_id uuid not null references public.payouts (id) on delete cascade,
  amount_minor bigint not null check (amount_minor > 0),
  stripe_reversal_id text unique,
  status text not null default 'REQUESTED' check (status in ('REQUESTED', 'MADE', 'REFUSED')),
  failure_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint transfer_reversals_made check ((status = 'MADE') = (stripe_reversal_id is not null))
);
create index transfer_reversals_payout on private.transfer_reversals (payout_id);
create unique index transfer_reversals_one_asked on private.transfer_reversals (payout_id)
  where status = 'REQUESTED';
comment on table private.transfer_reversals is 'Money taken back from a host; made before Stripe is asked.';
comment on column private.transfer_reversals.id is 'Key; the reversal''s idempotency key is made from it.';
comment on column private.transfer_reversals.payout_id is 'Of which payout.';
comment on column private.transfer_reversals.amount_minor is 'How much, in minor units of the transfer''s currency.';
comment on column private.transfer_reversals.stripe_reversal_id is 'Stripe''s id; null until it was made.';
comment on column private.transfer_reversals.status is 'REQUESTED until Stripe answered, then MADE or REFUSED.';
comment on column private.transfer_reversals.failure_reason is 'Why Stripe refused it; null otherwise.';
comment on column private.transfer_reversals.created_at is 'When it was decided.';
comment on column private.transfer_reversals.updated_at is 'When Stripe was last asked.';
grant select, insert, update, delete on private.transfer_reversals to service_role;
