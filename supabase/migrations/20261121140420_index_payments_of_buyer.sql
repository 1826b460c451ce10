-- Payments of a buyer without an account; made while the table stays in use, and so alone in its file.
create index concurrently if not exists payments_telegram_buyer
  on public.payments (telegram_buyer_id) where telegram_buyer_id is not null;
