-- Sessions fulfilled lately, for whose hosts a payout is to be opened; made while the table stays in use, and so alone in its file.
create index concurrently if not exists payments_fulfilled
  on public.payments (outcome_at) where outcome = 'FULFILLED' and booking_id is not null;
