"""Fixtures of stories in which Stripe is in trouble."""

import pytest
import stripe


@pytest.fixture
def impatient_stripe_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's pauses between its own tries would be most of these tests' time."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
