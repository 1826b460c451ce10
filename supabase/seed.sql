-- Hosts in four time zones, each with another calendar and video service, session types in three currencies, their weekly hours; plans and a channel.
insert into public.hosts (
  id, name, bio, email, time_zone, calendar, calendar_account, video, video_account
) values
  ('0b5e0000-0000-4000-8000-000000000001', 'Olena Koval',
   'Product mentor. Fifteen years of building marketplaces, from the first sale to the hundredth hire.',
   'olena@example.com', 'Europe/Kyiv', 'CALCOM', null, 'ZOOM', 'olena@example.com'),
  ('0b5e0000-0000-4000-8000-000000000002', 'Marcus Reed',
   'Engineering coach. Helps new leads to lead without losing their craft.',
   'marcus@example.com', 'America/New_York', 'GOOGLE', 'marcus@example.com', 'CALENDAR', null),
  ('0b5e0000-0000-4000-8000-000000000003', 'Yuki Tanaka',
   'Interface designer. Reviews your product with you and leaves you with a list you can act on.',
   'yuki@example.com', 'Asia/Tokyo', 'BUILTIN', null, 'DAILY', null),
  ('0b5e0000-0000-4000-8000-000000000004', 'Lena Fischer',
   'Career adviser. Reads your CV the way a hiring manager does.',
   'lena@example.com', 'Europe/Berlin', 'CALENDLY',
   'https://api.calendly.com/users/SANDBOXLENA', 'CALENDAR', null)
on conflict (id) do nothing;

insert into public.session_types (
  id, host_id, name, description, duration_minutes, price_minor, currency, payment_flow,
  step_minutes, buffer_before_minutes, buffer_after_minutes, minimum_notice_minutes, daily_cap,
  calendar_event_type, created_at
) values
  ('5e550000-0000-4000-8000-000000000001', '0b5e0000-0000-4000-8000-000000000001',
   'First consultation', 'Tell your story, leave with three next steps. Pay now, choose the time after.',
   30, 3000, 'USD', 'PAY_FIRST', 30, 0, 10, 120, null, '1001', '2026-01-01T00:00:03Z'),
  ('5e550000-0000-4000-8000-000000000002', '0b5e0000-0000-4000-8000-000000000001',
   'Mentoring session', 'An hour on the question that keeps you awake.',
   60, 9000, 'USD', 'SLOT_FIRST', 60, 0, 15, 120, 4, '1002', '2026-01-01T00:00:02Z'),
  ('5e550000-0000-4000-8000-000000000003', '0b5e0000-0000-4000-8000-000000000002',
   'Coaching for leads', 'Forty-five minutes for engineers who began to lead.',
   45, 7500, 'EUR', 'SLOT_FIRST', 45, 5, 10, 240, null, null, '2026-01-01T00:00:01Z'),
  ('5e550000-0000-4000-8000-000000000004', '0b5e0000-0000-4000-8000-000000000003',
   'Design review', 'Share your screen; every finding is written down for you.',
   50, 12000, 'JPY', 'SLOT_FIRST', 30, 0, 10, 120, null, null, '2026-01-01T00:00:00Z'),
  ('5e550000-0000-4000-8000-000000000005', '0b5e0000-0000-4000-8000-000000000004',
   'Career talk', 'Half an hour about your next step. Pay now, choose the time in my Calendly.',
   30, 4000, 'EUR', 'PAY_FIRST', 30, 0, 0, 120, null,
   'https://api.calendly.com/event_types/SANDBOXCAREER', '2025-12-31T00:00:00Z')
on conflict (id) do nothing;

insert into public.availability (host_id, weekday, opens_minute, closes_minute)
select host_id, weekday, opens_minute, closes_minute
from (values
  ('0b5e0000-0000-4000-8000-000000000001'::uuid, 9 * 60, 13 * 60),
  ('0b5e0000-0000-4000-8000-000000000001'::uuid, 14 * 60, 18 * 60),
  ('0b5e0000-0000-4000-8000-000000000002'::uuid, 10 * 60, 17 * 60),
  ('0b5e0000-0000-4000-8000-000000000003'::uuid, 10 * 60, 19 * 60),
  ('0b5e0000-0000-4000-8000-000000000004'::uuid, 9 * 60, 17 * 60)
) as hours (host_id, opens_minute, closes_minute)
cross join generate_series(0, 4) as weekday
where not exists (select from public.availability a where a.host_id = hours.host_id);

update public.session_types set credits = 1
where id = '5e550000-0000-4000-8000-000000000002' and credits is null;

insert into public.channels (id, name, description, telegram_chat_id, created_at) values
  ('c4a00000-0000-4000-8000-000000000001', 'Inner circle',
   'A private channel: one case from practice a day, and answers to your questions.',
   -1001234567890, '2026-01-01T00:00:00Z')
on conflict (id) do nothing;

insert into public.plans (
  id, name, description, price_minor, currency, billing_interval, trial_days, session_credits,
  channel_id, sold_in_chat, created_at
) values
  ('91a40000-0000-4000-8000-000000000001', 'Mentoring',
   'Two mentoring sessions a month, and the inner circle.',
   10000, 'USD', 'MONTH', null, 2, 'c4a00000-0000-4000-8000-000000000001', false, '2026-01-01T00:00:05Z'),
  ('91a40000-0000-4000-8000-000000000002', 'Mentoring, yearly',
   'Twenty-four mentoring sessions a year, and the inner circle. Two months are free.',
   100000, 'USD', 'YEAR', null, 24, 'c4a00000-0000-4000-8000-000000000001', false, '2026-01-01T00:00:04Z'),
  ('91a40000-0000-4000-8000-000000000003', 'Starter',
   'One mentoring session a month. The first week is free.',
   5000, 'USD', 'MONTH', 7, 1, null, false, '2026-01-01T00:00:03Z'),
  ('91a40000-0000-4000-8000-000000000004', 'Inner circle',
   'The private channel, paid month by month.',
   1500, 'USD', 'MONTH', null, 0, 'c4a00000-0000-4000-8000-000000000001', true, '2026-01-01T00:00:02Z'),
  ('91a40000-0000-4000-8000-000000000005', 'Inner circle, for good',
   'The private channel, paid once.',
   12000, 'USD', null, null, 0, 'c4a00000-0000-4000-8000-000000000001', false, '2026-01-01T00:00:01Z')
on conflict (id) do nothing;

update public.session_types set policy = '{"cancel_until_minutes": 120, "refunds": [{"minutes_before": 1440, "percent": 100}, {"minutes_before": 120, "percent": 50}], "reschedule_until_minutes": 240, "reschedule_limit": 2, "no_show_percent": 0}'
where id = '5e550000-0000-4000-8000-000000000002';

update public.session_types set policy = '{"cancel_until_minutes": 0, "refunds": [{"minutes_before": 2880, "percent": 100}, {"minutes_before": 1440, "percent": 50}], "reschedule_until_minutes": 1440, "reschedule_limit": 1, "no_show_percent": 25}'
where id = '5e550000-0000-4000-8000-000000000004';

insert into private.platform_fees (host_id, currency, fixed_minor, percent) values
  ('0b5e0000-0000-4000-8000-000000000001', 'USD', 50, 10),
  ('0b5e0000-0000-4000-8000-000000000002', 'EUR', 0, 12.5),
  ('0b5e0000-0000-4000-8000-000000000003', 'JPY', 100, 8),
  ('0b5e0000-0000-4000-8000-000000000004', 'EUR', 25, 10)
on conflict (host_id, currency) do nothing;
