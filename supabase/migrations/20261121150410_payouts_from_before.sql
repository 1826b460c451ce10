-- Sessions that were paid before there were payouts: whoever was paid for them another way must not
-- be paid twice, so each waits until the operator releases it.
set local lock_timeout = '5s';

insert into public.payouts (
  payment_id, booking_id, host_id, user_id, reason, currency, amount_minor, net_minor, held_at,
  held_reason, created_at
)
select p.id, b.id, b.host_id, h.user_id, 'ON_HOLD', p.currency, p.amount_minor, p.amount_minor,
  now(), 'Paid before there were payouts: release it if the host was not paid another way.', now()
from public.payments p
join public.bookings b on b.id = p.booking_id
join public.hosts h on h.id = b.host_id
where p.outcome = 'FULFILLED'
on conflict (payment_id) do nothing;
