"""Keeps a change of an object and tells of it with the values from before."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.stripe.account import Account
from sandbox.stripe.state import Json, rendered


@contextmanager
def changing(account: Account, record: Json, event_type: str) -> Iterator[None]:
    """What the block changes is kept and recorded as one event, if it changes anything shown."""
    before = rendered(record)
    yield
    account.state.put(record)
    after = rendered(record)
    previous = {name: value for name, value in before.items() if after.get(name) != value}
    if previous:
        account.events.record(event_type, record, previous)
