"""The pages over real HTTP: each served, kept to its own host, and told where everything is."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from resolvers.pages import PAGES, SANDBOX_SCRIPT, page_routes
from tests.world import World, running_world

ALLOWED, OTHER = "https://app.shop.test", "http://app.shop.test"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-request-id",
}


def directives(response: httpx.Response) -> dict[str, list[str]]:
    policy = response.headers["content-security-policy"]
    parts = [part.split() for part in policy.split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", sorted(PAGES))
async def test_a_page_is_served_as_html_that_is_asked_for_anew(world: World, path: str) -> None:
    response = await world.http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert response.text.startswith("<!doctype html>")


@pytest.mark.parametrize("path", sorted(PAGES))
async def test_the_policy_of_a_page_lets_in_stripe_and_hosts_pages_alone(
    world: World, path: str
) -> None:
    response = await world.http.get(path)
    assert "unsafe" not in response.headers["content-security-policy"]
    policy = directives(response)
    assert policy == {
        "default-src": ["'self'"],
        "script-src": ["'self'", "https://js.stripe.com"],
        "frame-src": [
            "'self'",
            "https://js.stripe.com",
            "https://checkout.stripe.com",
            world.base,
        ],
        "connect-src": [
            "'self'",
            "https://api.stripe.com",
            f"{world.base}/sandbox/supabase",
        ],
        "img-src": ["'self'", "data:", "https://*.stripe.com"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


@pytest.mark.parametrize("path", sorted(PAGES))
async def test_a_page_names_no_other_host_and_everything_it_loads_is_here(
    world: World, path: str
) -> None:
    html = (await world.http.get(path)).text
    assert re.findall(r"(?:https?:)?//[\w-]+\.[\w.-]+", html) == []
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', html)
    assert any(address.endswith(".js") for address in loaded)
    assert any(address.endswith(".css") for address in loaded)
    for address in loaded:
        assert address.startswith("/assets/")
        assert (await world.http.get(address)).status_code == 200, address


async def test_the_pages_learn_of_the_sandbox_and_nothing_secret(world: World) -> None:
    response = await world.http.get("/config.json")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    assert response.json() == {
        "sandbox": True,
        "supabaseUrl": None,
        "supabaseKey": None,
        "stripeScript": SANDBOX_SCRIPT,
        "stripePublishableKey": "pk_test_sandbox",
        "schedulingOrigin": world.base,
        "telegram": True,
    }


@pytest.mark.parametrize(
    ("page", "origin", "allowed"),
    [(object(), "https://calendly.com", ["https://calendly.com"]), (None, None, [])],
    ids=["with Calendly", "without"],
)
async def test_hosts_pages_may_be_framed_where_calendly_is_set_up_alone(
    world: World, page: Any, origin: str | None, allowed: list[str]
) -> None:
    settings = world.app.settings.model_copy(
        update={"calendly_page_base": "https://calendly.com/d", "telegram_bot_token": None}
    )
    app = replace(world.app, settings=settings, scheduling_page=page)
    served = Starlette(routes=page_routes(app))
    served.state.app, served.state.sandbox = app, False
    transport = httpx.ASGITransport(served)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
        framed = directives(await http.get("/booking"))["frame-src"]
        told = (await http.get("/config.json")).json()
    assert framed == ["'self'", "https://js.stripe.com", "https://checkout.stripe.com", *allowed]
    assert (told["schedulingOrigin"], told["telegram"]) == (origin, False)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/index.html",
        "/assets/nothing.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/%2e%2e/%2e%2e/pyproject.toml",
        "/.env",
    ],
)
async def test_what_is_not_there_is_404(world: World, path: str) -> None:
    assert (await world.http.get(path)).status_code == 404


async def test_a_slash_too_many_leads_to_the_page(world: World) -> None:
    response = await world.http.get("/booking/")
    assert (response.status_code, response.headers["location"]) == (307, f"{world.base}/booking")


async def test_a_page_takes_nothing_but_get(world: World) -> None:
    assert (await world.http.post("/booking")).status_code == 405
    assert (await world.http.head("/booking")).status_code == 200


async def test_pages_of_our_own_and_of_allowed_origins_may_call_the_api(seeded: str) -> None:
    async with running_world(seeded, allowed_origins=(ALLOWED,)) as world:
        for origin in (world.base, ALLOWED):
            response = await world.http.options("/graphql", headers={"origin": origin} | PREFLIGHT)
            assert response.status_code == 200
            assert response.headers["access-control-allow-origin"] == origin
            assert "authorization" in response.headers["access-control-allow-headers"]
            assert response.headers["access-control-allow-methods"] == "GET, POST"
            assert response.headers["access-control-max-age"] == "600"
            assert "access-control-allow-credentials" not in response.headers
        other = await world.http.options("/graphql", headers={"origin": OTHER} | PREFLIGHT)
        assert (other.status_code, "access-control-allow-origin" in other.headers) == (400, False)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1"],
)
async def test_a_page_of_another_origin_may_not(world: World, origin: str) -> None:
    preflight = await world.http.options("/graphql", headers={"origin": origin} | PREFLIGHT)
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers

    simple = await world.http.post(
        "/graphql",
        json={"query": "{ sessionTypes { nodes { id } } }"},
        headers={"origin": origin},
    )
    assert "access-control-allow-origin" not in simple.headers


async def test_a_preflight_for_another_method_or_header_is_refused(world: World) -> None:
    for asked in (
        {"access-control-request-method": "DELETE"},
        {"access-control-request-method": "POST", "access-control-request-headers": "x-evil"},
    ):
        response = await world.http.options("/graphql", headers={"origin": world.base} | asked)
        assert response.status_code == 400


async def test_an_answer_to_our_own_origin_shows_its_request_id(world: World) -> None:
    response = await world.http.post(
        "/graphql",
        json={"query": "{ sessionTypes { nodes { id } } }"},
        headers={"origin": world.base, "x-request-id": "of-the-page-1"},
    )
    assert response.headers["access-control-allow-origin"] == world.base
    assert response.headers["access-control-expose-headers"] == "x-request-id"
    assert response.headers["x-request-id"] == "of-the-page-1"
