"""The operator's commands on bookings, payments and payouts; `cli.py` puts them together."""
