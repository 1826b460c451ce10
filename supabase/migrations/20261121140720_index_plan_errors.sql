-- What went wrong with a subscription; made while the table stays in use, and so alone in its file.
create index concurrently if not exists error_logs_subscription
  on private.error_logs (subscription_id) where subscription_id is not null;
