-- Messages about subscriptions.
set local lock_timeout = '5s';

alter table public.notifications
  add column subscription_id uuid references public.subscriptions (id) on delete cascade;
comment on column public.notifications.booking_id is 'The booking it is about; null if it is about none.';
comment on column public.notifications.subscription_id is 'The subscription it is about; null if it is about none.';
comment on column public.notifications.round is 'Which of the times that the same is told of the same thing, from 0.';

alter table private.error_logs
  add column subscription_id uuid references public.subscriptions (id) on delete cascade;
comment on column private.error_logs.subscription_id is 'The subscription concerned, if one is.';
