"""How Cal.com's API v2 writes things: ids, languages, envelopes and errors."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from services.providers.errors import ProviderError

VENDOR = "calcom"

_T = TypeVar("_T")

# Its enum BookingLanguage; anything else fails the whole booking.
_LANGUAGES = {
    code.lower(): code
    for code in (
        *("ar", "az", "bg", "ca", "cs", "da", "de", "el", "en", "es", "es-419", "et", "eu", "fi"),
        *("fr", "he", "hr", "hu", "id", "it", "iw", "ja", "km", "ko", "lv", "nl", "no", "pl", "pt"),
        *("pt-BR", "ro", "ru", "sk", "sr", "sv", "ta", "th", "tr", "uk", "vi", "zh-CN", "zh-TW"),
    )
}
_OTHER_NAMES = {"zh": "zh-CN", "nb": "no", "nn": "no"}


def data_of(answer: object, kind: type[_T]) -> _T:
    """What is inside the envelope of a success. Raises TypeError or ValueError if it is not so."""
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise ValueError("the envelope must say success")
    data = answer.get("data")
    if not isinstance(data, kind):
        raise TypeError("the envelope must hold what was asked for")
    return data


def in_path(uid: str) -> str:
    return quote(uid, safe="")


def event_type_id(event_type: str | None) -> int:
    """The number of the event type. Raises ProviderError: without one nothing can be asked."""
    if event_type is None:
        raise ProviderError(VENDOR, "the session type has no Cal.com event type", retryable=False)
    if not (event_type.isascii() and event_type.isdigit()):
        raise ProviderError(
            VENDOR, f"the event type {event_type} is no Cal.com event type id", retryable=False
        )
    return int(event_type)


def unknown_event_type(event_type: str | None) -> ProviderError:
    return ProviderError(
        VENDOR,
        f"answered 404: check the event type {event_type} and the API version in the settings",
        retryable=False,
        status=404,
    )


def no_such_version(version: str) -> ProviderError:
    return ProviderError(
        VENDOR,
        f"answered 404: it knows no bookings in the API version {version} of the settings",
        retryable=False,
        status=404,
    )


def language(wanted: str) -> str:
    """The nearest language that Cal.com writes in; English when there is none."""
    whole = wanted.replace("_", "-").lower()
    first = whole.partition("-")[0]
    for name in (whole, first):
        if known := _LANGUAGES.get(name) or _OTHER_NAMES.get(name):
            return known
    return "en"


def message_of(error: ProviderError) -> str:
    """What Cal.com says of a refusal, to be matched and never logged; empty if it says nothing."""
    body = error.body
    inner = body.get("error") if isinstance(body, Mapping) else None
    text = inner.get("message") if isinstance(inner, Mapping) else None
    return text if isinstance(text, str) else ""
