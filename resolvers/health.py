"""/healthz and /readyz."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.app import App

log = logging.getLogger(__name__)


async def healthz(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """The process can do its work: the database answers."""
    app: App = request.app.state.app
    try:
        async with app.db.connection() as conn:
            await conn.execute("select 1")
    except Exception:
        log.exception("not ready")
        return JSONResponse({"status": "database unreachable"}, status_code=503)
    return JSONResponse({"status": "ready"})
