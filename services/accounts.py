"""Who is signed in: the row behind a token."""

from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.errors import NotFound
from services.domain.models import User
from services.store import users as store


async def ensure(conn: Conn, viewer: Viewer) -> User:
    """The viewer's row. Raises NotFound when their account was deleted after sign-in."""
    try:
        return await store.ensure(conn, viewer.user_id, viewer.email)
    except store.NoSuchAccount:
        raise NotFound("account") from None


async def me(app: App, viewer: Viewer) -> User:
    """The signed-in person. Raises NotFound when their account was deleted after sign-in."""
    async with app.db.transaction() as conn:
        return await ensure(conn, viewer)
