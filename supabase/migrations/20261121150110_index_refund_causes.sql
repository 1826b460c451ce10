-- One refund of ours for one cause; made while the table stays in use, and so alone in its file.
create unique index concurrently if not exists refunds_one_of_a_cause
  on private.refunds (payment_id, cause) where origin = 'SESSIONPAY';
