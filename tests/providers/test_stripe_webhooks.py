"""Signatures of several endpoints that lead to one address."""

import json

import pytest
import stripe

from services.providers.ports import BadSignature, SignedEvent
from services.providers.stripe_webhooks import StripeWebhooks

BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "account.updated",
        "livemode": False,
        "data": {"object": {"id": "acct_1"}},
    }
)


def signed(secret: str) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(BODY, secret)
    return header


@pytest.mark.parametrize("secret", ["whsec_platform", "whsec_connected"])
def test_an_event_is_taken_that_one_of_the_endpoints_signed(secret: str) -> None:
    verifier = StripeWebhooks("whsec_platform, whsec_connected")
    told = verifier.verify(BODY.encode(), signed(secret))
    assert told == SignedEvent(id="evt_1", type="account.updated", livemode=False)


@pytest.mark.parametrize("secrets", ["whsec_platform,whsec_connected", "whsec_platform", ",", ""])
def test_an_event_that_none_of_them_signed_is_refused(secrets: str) -> None:
    with pytest.raises(BadSignature):
        StripeWebhooks(secrets).verify(BODY.encode(), signed("whsec_foreign"))
