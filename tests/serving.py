"""Stopping a server of a test at once."""

import asyncio

from resolvers.serving import HttpServer


async def stop(web: HttpServer, serving: "asyncio.Task[None]") -> None:
    """Stop at once: uvicorn would take two tenths of a second, or as long as a planned HANG."""
    for server in web.servers:
        server.close()
    under_way = {serving, *web.server_state.tasks}
    for connection in list(web.server_state.connections):
        connection.shutdown()
    for task in under_way:
        task.cancel()
    await asyncio.wait(under_way)
    await asyncio.sleep(0)  # the connections learn of their end
