"""A fixture for stories in which outside services are in trouble: adapters that do not wait."""

import asyncio
from types import SimpleNamespace

import pytest

from services.providers import calcom, http


@pytest.fixture
def hasty_adapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapters' pauses between their own tries would be most of these stories' time."""

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(calcom, "asyncio", SimpleNamespace(sleep=no_pause))
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.001)
