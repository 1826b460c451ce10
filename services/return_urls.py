"""Where a payer may be sent back to: the origins that the settings name, and nowhere else."""

from collections.abc import Container
from urllib.parse import urlsplit

from services.app import App
from services.domain.errors import ReturnUrlRefused


def check(app: App, **urls: str | None) -> None:
    """Raises ReturnUrlRefused with the name of the first address that leads elsewhere."""
    for field, url in urls.items():
        if url is not None and not _leads_to(app.settings.return_origins, url):
            raise ReturnUrlRefused(field)


def _leads_to(origins: Container[str], url: str) -> bool:
    """Whether a browser goes to one of these origins by this address."""
    if " " in url or not url.isprintable():  # urlsplit, like a browser, skips some of these
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins
