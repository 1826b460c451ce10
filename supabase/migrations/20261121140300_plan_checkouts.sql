-- Checkouts of plans beside those of bookings.
set local lock_timeout = '5s';

alter table private.checkouts
  alter column booking_id drop not null,
  add column subscription_id uuid references public.subscriptions (id) on delete cascade,
  add constraint checkouts_one_subject
    check (num_nonnulls(booking_id, subscription_id) = 1) not valid;
comment on column private.checkouts.booking_id is 'The booking that is being paid; null for a plan.';
comment on column private.checkouts.subscription_id is 'The subscription that is being paid; null for a booking.';
comment on column private.checkouts.attempt is 'The how-manieth checkout of this booking or subscription.';
