-- Messages about a subscription; made while the table stays in use, and so alone in its file.
create index concurrently if not exists notifications_subscription
  on public.notifications (subscription_id) where subscription_id is not null;
