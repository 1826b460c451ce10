"""A clock that can be moved ahead; every stand-in and the product itself read this one."""

from datetime import UTC, datetime, timedelta


class SandboxClock:
    """The machine's clock plus an offset that only grows.

    Signatures and access tokens do not use it: they live in real time.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        if by < timedelta():
            raise ValueError("the sandbox clock moves ahead only")
        self.offset += by
