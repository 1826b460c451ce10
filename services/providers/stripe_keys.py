"""Idempotency keys of requests whose parameters may change from one day's call to the next."""

import json
from collections.abc import Mapping
from hashlib import sha256


def key_of(subject: str, params: Mapping[str, object]) -> str:
    """For a day Stripe refuses a key with other parameters, such as a changed address."""
    digest = sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]
    return f"{subject}:{digest}"
