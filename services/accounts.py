"""Who is signed in: the row behind a token."""

import logging

from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.errors import NotFound
from services.domain.models import User
from services.providers.errors import ProviderError
from services.store import users as store

log = logging.getLogger(__name__)


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


async def complete(app: App, viewer: Viewer) -> User:
    """Learn e-mail and language before anything is written to the person.

    The token knows best; what it does not say is asked of Supabase Auth until it is known. Auth
    that does not answer keeps nobody from buying. Raises NotFound when the account was deleted.
    """
    async with app.db.transaction() as conn:
        user = await ensure(conn, viewer)
        if viewer.language is not None and viewer.language != user.language:
            user = await store.set_language(conn, user.id, viewer.language)
    if (user.language is not None and user.email is not None) or app.accounts is None:
        return user
    try:
        account = await app.accounts.read(viewer.user_id)
    except ProviderError as error:
        log.warning("account not read", extra={"user_id": viewer.user_id, "why": str(error)})
        return user
    if account is None:
        raise NotFound("account")
    async with app.db.transaction() as conn:
        return await store.complete(
            conn,
            viewer.user_id,
            email=account.email,
            name=account.name,
            language=account.language or "en",
        )
