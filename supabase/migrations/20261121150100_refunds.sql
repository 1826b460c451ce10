-- Several refunds of a payment, each with who asked for it and for what.
set local lock_timeout = '5s';

alter table private.refunds
  add column cause text not null default 'WHOLE',
  add column requested_by text not null default 'SYSTEM',
  add column requested_by_user uuid,
  add constraint refunds_cause_check check (cause <> '') not valid,
  add constraint refunds_requested_by_check
    check (requested_by in ('SYSTEM', 'CLIENT', 'HOST', 'OPERATOR', 'DASHBOARD')) not valid;
comment on column private.refunds.cause is 'What it is for: of one cause a payment has one refund of ours.';
comment on column private.refunds.requested_by is 'Who decided it: the rules by themselves, or somebody.';
comment on column private.refunds.requested_by_user is 'The sign-in of who decided it; null for the rules, the operator and the dashboard.';

-- What is asked for together with what went back is never more than what came. Only what we ask for
-- is refused: what Stripe tells has happened.
create function private.refund_within_payment() returns trigger
language plpgsql set search_path = ''
as $$
declare
  whole bigint;
  asked bigint;
begin
  select p.amount_minor into whole from public.payments p where p.id = new.payment_id for no key update;
  select coalesce(sum(r.amount_minor), 0) into asked from private.refunds r
    where r.payment_id = new.payment_id and r.id <> new.id
    and r.status not in ('FAILED', 'CANCELED');
  if asked + new.amount_minor > whole then
    raise exception 'refunds of payment % would exceed it', new.payment_id
      using errcode = 'check_violation', constraint = 'refunds_within_payment';
  end if;
  return new;
end
$$;
comment on function private.refund_within_payment() is 'Refuses a refund of ours that the payment no longer holds.';
revoke execute on function private.refund_within_payment() from public, anon, authenticated;
create trigger refund_within_payment before insert on private.refunds
  for each row when (new.origin = 'SESSIONPAY') execute function private.refund_within_payment();
