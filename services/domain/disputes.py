"""What Stripe's words about a dispute mean for the money."""

from enum import StrEnum


class DisputeStanding(StrEnum):
    """What a payment's newest dispute means for its money."""

    NONE = "NONE"
    OPEN = "OPEN"
    LOST = "LOST"


SETTLED_DISPUTES = frozenset({"won", "warning_closed", "prevented"})
"""Stripe's words for disputes that took nothing from the seller."""


def standing(dispute_status: str | None) -> DisputeStanding:
    """An inquiry, and an appeal that Stripe has not decided, count as open."""
    if dispute_status is None or dispute_status in SETTLED_DISPUTES:
        return DisputeStanding.NONE
    return DisputeStanding.LOST if dispute_status == "lost" else DisputeStanding.OPEN


def is_taken(dispute_status: str | None) -> bool:
    """Whether a bank has taken the money for now. It has not at an inquiry, which a refund ends."""
    open_ = standing(dispute_status) is DisputeStanding.OPEN
    return open_ and not (dispute_status or "").startswith("warning_")
