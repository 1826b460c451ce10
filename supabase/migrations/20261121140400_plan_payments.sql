-- Payments of subscriptions, with their invoices; and disputes.
set local lock_timeout = '5s';

alter table public.payments
  add column subscription_id uuid references public.subscriptions (id),
  add column telegram_buyer_id uuid references private.telegram_buyers (id) on delete set null,
  add column stripe_invoice_id text,
  add column invoice_number text,
  add column invoice_url text,
  add column invoice_pdf_url text,
  add column period_start timestamptz,
  add column period_end timestamptz,
  add column dispute_status text,
  add column dispute_ticket bigint not null default 0;
comment on column public.payments.booking_id is 'The booking it paid for; null for a plan.';
comment on column public.payments.subscription_id is 'The subscription it paid for; null for a booking.';
comment on column public.payments.telegram_buyer_id is 'Who paid in Telegram; null for everybody else.';
comment on column public.payments.stripe_invoice_id is 'Stripe''s id of its invoice; null without one.';
comment on column public.payments.invoice_number is 'Number of its invoice, for people; null without one.';
comment on column public.payments.invoice_url is 'The invoice on Stripe''s page, where an unpaid one can be paid; null without one.';
comment on column public.payments.invoice_pdf_url is 'The invoice as a file; null without one.';
comment on column public.payments.period_start is 'Start of the period it paid for; null for a booking.';
comment on column public.payments.period_end is 'End of that period; null for a booking and for what is kept for good.';
comment on column public.payments.dispute_status is 'What Stripe says of the newest dispute about it, such as needs_response; null without one.';
comment on column public.payments.dispute_ticket is 'Number of the reading at Stripe that the dispute''s status shows.';
grant select (
  subscription_id, invoice_number, invoice_url, invoice_pdf_url, period_start, period_end,
  dispute_status
) on table public.payments to authenticated;
