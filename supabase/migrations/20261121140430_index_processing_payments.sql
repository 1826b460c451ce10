-- Payments of plans on their way; made while the table stays in use, and so alone in its file.
create index concurrently if not exists payments_plan_processing
  on public.payments (created_at) where subscription_id is not null and status = 'PROCESSING';
