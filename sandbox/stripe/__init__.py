"""A stateful stand-in for Stripe, spoken to over HTTP by the real SDK."""
