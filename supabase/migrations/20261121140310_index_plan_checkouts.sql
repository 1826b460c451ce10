-- Attempts of a plan's checkout are numbered; made while the table stays in use, and so alone in its file.
create unique index concurrently if not exists checkouts_subscription_attempt
  on private.checkouts (subscription_id, attempt);
