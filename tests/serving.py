"""Serving a test's app over real HTTP, and stopping at once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from resolvers.serving import HttpServer


@asynccontextmanager
async def serving(web: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    """Answers on the listener for as long as the block lasts."""
    answers = asyncio.Event()
    server = HttpServer(web, on_ready=answers.set)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await answers.wait()
    try:
        yield
    finally:
        await _stop(server, task)


async def _stop(server: HttpServer, task: "asyncio.Task[None]") -> None:
    """uvicorn would take two tenths of a second, or as long as the answer that is under way."""
    for part in server.servers:
        part.close()
    under_way = {task, *server.server_state.tasks}
    for connection in list(server.server_state.connections):
        connection.shutdown()
    for running in under_way:
        running.cancel()
    await asyncio.wait(under_way)
    await asyncio.sleep(0)  # the connections learn of their end
