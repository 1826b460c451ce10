"""Why a booking ended, in the reader's language."""

from services.messages.words import Words

_DETAIL = "{detail}"


def explain(reason: str, words: Words) -> str:
    """What the product wrote as a booking's `status_reason`, in these words.

    Calendars may put their own words into it: what has no translation stays as it is.
    """
    if reason in words.reasons:
        return words.reasons[reason]
    sentence, colon, detail = reason.partition(": ")
    template = words.reasons.get(f"{sentence}{colon}{_DETAIL}") if colon else None
    return template.format(detail=explain(detail, words)) if template else reason
