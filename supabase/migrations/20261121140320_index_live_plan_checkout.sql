-- One open checkout of a subscription; made while the table stays in use, and so alone in its file.
create unique index concurrently if not exists checkouts_one_live_plan
  on private.checkouts (subscription_id) where status in ('CREATING', 'OPEN');
