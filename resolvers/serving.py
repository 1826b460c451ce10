"""The HTTP server of a process: when it is ready, and how it is told to stop."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette


class HttpServer(uvicorn.Server):
    """uvicorn on a socket of ours, which says when it answers."""

    def __init__(self, web: Starlette, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                web,
                log_config=None,
                access_log=False,
                proxy_headers=True,
                lifespan="off",
                timeout_graceful_shutdown=10,
            )
        )
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us: uvicorn raises them again at its end, which would kill the
        process before its worker has drained."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Connections inherit it. asyncio sets it only on sockets made with the protocol's number,
        # and without it an answer's body waits 40 ms for the client to acknowledge the headers.
        for listener in sockets or []:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)
        self._on_ready()


async def serve_until(told: asyncio.Event, http: HttpServer, listener: socket.socket) -> None:
    """Answer on this socket until the event is set; requests under way finish."""
    serving = asyncio.create_task(http.serve(sockets=[listener]))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    http.should_exit = True
    await serving
    stopping.cancel()


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def reason(error: OSError) -> str:
    """The system's own words, in whose place Python often repeats the address."""
    if error.errno is None or isinstance(error, (socket.gaierror, ssl.SSLError)):
        return error.strerror or str(error) or "no answer in time"
    return os.strerror(error.errno)
