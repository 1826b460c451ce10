-- Sessions that were paid before there were payouts: for those that are over their hosts may have
-- been paid another way, so each waits until the operator releases it.
set local lock_timeout = '5s';
set local statement_timeout = 0;

insert into public.payouts (
  payment_id, booking_id, host_id, user_id, reason, currency, amount_minor, net_minor, held_at,
  held_reason, created_at
)
select p.id, b.id, b.host_id, h.user_id, case when o.held then 'ON_HOLD' else 'NOT_DUE' end,
  p.currency, p.amount_minor, p.amount_minor, case when o.held then now() end,
  case when o.held
    then 'Held before there were payouts: release it if the host was not paid another way.' end,
  now()
from public.payments p
join public.bookings b on b.id = p.booking_id
join public.hosts h on h.id = b.host_id
cross join lateral (select b.ends_at is null or b.ends_at <= now() as held) o
where p.outcome = 'FULFILLED'
on conflict (payment_id) do nothing;
