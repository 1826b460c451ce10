-- Checkouts of plans that end soon; made while the table stays in use, and so alone in its file.
create index concurrently if not exists checkouts_ending on private.checkouts (expires_at)
  where subscription_id is not null and status in ('CREATING', 'OPEN');
