-- Payments of a subscription; made while the table stays in use, and so alone in its file.
create index concurrently if not exists payments_subscription
  on public.payments (subscription_id, paid_at) where subscription_id is not null;
