"""The IDE comes from this server alone, and only where it is on."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from resolvers.options import GraphQLOptions
from tests.resolvers.toy import Client

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FILES = Path(__file__).resolve().parents[2] / "web" / "ide"


@pytest.fixture
def client() -> Client:
    return Client(GraphQLOptions(ide=True))


async def page(client: Client) -> httpx.Response:
    return await client.http.get("/graphql", headers=BROWSER)


def addresses(html: str) -> Iterator[str]:
    return (match[1] for match in re.finditer(r'(?:src|href)="([^"]+)"', html))


async def test_a_browser_gets_the_ide(client: Client) -> None:
    response = await page(client)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["vary"] == "accept"
    assert '<input id="token" type="password"' in response.text


async def test_the_policy_of_the_page_names_no_other_host_and_no_inline_script(
    client: Client,
) -> None:
    policy = (await page(client)).headers["content-security-policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "http" not in policy
    assert "<script>" not in (await page(client)).text


async def test_everything_the_page_loads_is_served_from_here(client: Client) -> None:
    loaded = [address for address in addresses((await page(client)).text) if address != "data:,"]
    assert len(loaded) == 6
    for address in loaded:
        assert address.startswith("/graphql/ide/")
        response = await client.http.get(address)
        assert response.status_code == 200
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "caching"),
    [
        ("graphiql-3.9.0.min.js", "public, max-age=31536000, immutable"),
        ("react-18.3.1.min.js", "public, max-age=31536000, immutable"),
        ("ide.js", "no-cache"),
        ("ide.css", "no-cache"),
    ],
)
async def test_a_file_is_kept_for_ever_only_if_its_name_carries_its_version(
    client: Client, name: str, caching: str
) -> None:
    response = await client.http.get(f"/graphql/ide/{name}")
    assert response.headers["cache-control"] == caching


async def test_nothing_outside_the_directory_is_served(client: Client) -> None:
    for path in ("../../pyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "nothing.js"):
        assert (await client.http.get(f"/graphql/ide/{path}")).status_code == 404


async def test_without_the_ide_a_browser_is_told_to_post() -> None:
    response = await Client(GraphQLOptions(ide=False)).http.get("/graphql", headers=BROWSER)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html;q=0"])
async def test_only_who_asks_for_html_gets_the_ide(client: Client, accept: str) -> None:
    response = await client.http.get("/graphql", headers={"accept": accept})
    assert response.status_code == 405


def test_what_is_shipped_stays_small_and_carries_its_licences() -> None:
    assert sum(file.stat().st_size for file in FILES.iterdir()) < 2_000_000
    licences = (FILES / "LICENSES.txt").read_text()
    for package in ("graphiql@3.9.0", "react@18.3.1", "react-dom@18.3.1", "codemirror@5"):
        assert package in licences
