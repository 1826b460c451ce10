"""What Telegram's stand-in refuses in a message that it is to send, and what it reads from it."""

from collections.abc import Mapping
from typing import Any

from sandbox.telegram_parameters import BadRequest
from sandbox.telegram_text import LONGEST, Run, Unparsable, length, parse

_Json = dict[str, Any]
_ACTIONS = frozenset({"url", "callback_data", "web_app", "login_url", "copy_text", "pay"})
_LONGEST_CALLBACK = 64  # bytes


def text_of(body: Mapping[str, Any]) -> list[Run]:
    """The text of a message, with its formatting read. Raises BadRequest."""
    text, mode = body.get("text"), body.get("parse_mode")
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("message text is empty")
    if mode not in (None, "HTML"):
        raise BadRequest("unsupported parse_mode")
    try:
        runs = parse(text) if mode else [Run(text, ())]
    except Unparsable as why:
        raise BadRequest(f"can't parse entities: {why}") from None
    seen = "".join(run.text for run in runs)
    if not seen.strip():
        raise BadRequest("message text is empty")
    if length(seen) > LONGEST:
        raise BadRequest("message is too long")
    return runs


def button_of(body: Mapping[str, Any]) -> _Json | None:
    """The first button below a message that opens an address. Raises BadRequest."""
    markup = body.get("reply_markup")
    if markup is None:
        return None
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadRequest("can't parse inline keyboard: it must be an Array of Arrays")
    buttons = [_button(button) for row in rows for button in row]
    return next((button for button in buttons if "url" in button), None)


def _button(button: Any) -> _Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise BadRequest("can't parse inline keyboard button: the button has no text")
    if not button["text"].strip():
        raise BadRequest("can't parse inline keyboard button: text is empty")
    actions = _ACTIONS & button.keys()
    if not actions:
        raise BadRequest("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise BadRequest("BUTTON_TYPE_INVALID")
    if "url" in actions and not str(button["url"]).startswith(("http://", "https://")):
        raise BadRequest("BUTTON_URL_INVALID")
    if "callback_data" in actions:
        data = str(button["callback_data"]).encode()
        if not 0 < len(data) <= _LONGEST_CALLBACK:
            raise BadRequest("BUTTON_DATA_INVALID")
    return button
