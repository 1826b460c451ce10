"""What Stripe answers, what was sent to it, and the objects that several adapters read."""

from typing import Any
from urllib.parse import parse_qsl

import httpx
from pytest_httpx import HTTPXMock

KEY = "sk_test_very_secret"
API = "https://api.stripe.com/v1"
NO_REPEAT = {"stripe-should-retry": "false"}  # spares the tests the SDK's pauses


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": False, "url": "/v1/x"}


def trouble(
    code: str | None = None, kind: str = "invalid_request_error", *, param: str | None = None
) -> dict[str, Any]:
    error = {"type": kind, "code": code, "message": "Stripe's own words."}
    return {"error": error | ({"param": param} if param else {})}


def intent(status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": status,
        "amount": 9000,
        "currency": "usd",
        "customer": "cus_1",
        "last_payment_error": None,
        "latest_charge": {
            "id": "ch_1",
            "object": "charge",
            "amount_refunded": 500,
            "receipt_url": "https://pay.stripe.com/receipts/1",
        },
    } | changes


def sent(httpx_mock: HTTPXMock, number: int = 0) -> tuple[str, str, dict[str, str]]:
    """Method, address without query, and the form of one request."""
    request = httpx_mock.get_requests()[number]
    pairs = parse_qsl(request.content.decode(), keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return request.method, str(request.url.copy_with(query=None)), dict(pairs)


def asked(httpx_mock: HTTPXMock) -> list[str]:
    """Method, path and query of every request, in order, as people read them."""
    return [
        f"{request.method} {request.url.path.removeprefix('/v1')}"
        + (f"?{'&'.join(f'{name}={value}' for name, value in query)}" if query else "")
        for request in httpx_mock.get_requests()
        for query in [request.url.params.multi_items()]
    ]


def headers(httpx_mock: HTTPXMock, number: int = 0) -> httpx.Headers:
    return httpx_mock.get_requests()[number].headers
