"""What Stripe still wants to know of a connected account, and what it must not do until then."""

from sandbox.stripe.state import Json

# Requirement, named as the v2 API does → its name in the v1 API.
_NAMES = {
    "external_account": "external_account",
    "identity.attestations.terms_of_service.account.date": "tos_acceptance.date",
    "identity.attestations.terms_of_service.account.ip": "tos_acceptance.ip",
    "identity.individual.date_of_birth.day": "individual.dob.day",
    "identity.individual.date_of_birth.month": "individual.dob.month",
    "identity.individual.date_of_birth.year": "individual.dob.year",
    "identity.individual.given_name": "individual.first_name",
    "identity.individual.surname": "individual.last_name",
}
AT_FIRST = tuple(_NAMES)
"""What a new account has to tell."""

BANK_ACCOUNT = "external_account"
DOCUMENT = "identity.individual.verification.document"
_V1_NAMES = {**_NAMES, DOCUMENT: "individual.verification.document"}
_V2_NAMES = {name: each for each, name in _V1_NAMES.items()}

TRANSFERS, PAYOUTS = "stripe_balance.stripe_transfers", "stripe_balance.payouts"

_WHY = {
    "active": [],
    "restricted": [{"code": "requirements_past_due", "resolution": "provide_info"}],
    "rejected": [{"code": "rejected_other", "resolution": "no_resolution"}],
}
_CLOSED = [{"code": "restricted_other", "resolution": "contact_stripe"}]


def named(field: str) -> str:
    """A requirement by its name in either API, as the v2 API names it."""
    return _V2_NAMES.get(field, field)


def capability(record: Json, name: str) -> Json:
    """`status` and `status_details` of TRANSFERS or PAYOUTS, as the v2 API shows them."""
    if record["_closed"]:
        return {"status": "restricted", "status_details": _CLOSED}
    if record["_rejected"]:
        return {"status": "rejected", "status_details": _WHY["rejected"]}
    hindered = any(name in _restricted_by(field) for field in record["_due"])
    status = "restricted" if hindered else "active"
    return {"status": status, "status_details": _WHY[status]}


def refresh(record: Json) -> None:
    """Bring what the v1 API shows into line with what is due."""
    due = [_V1_NAMES.get(field, field) for field in record["_due"]]
    able = {name: capability(record, name)["status"] == "active" for name in (TRANSFERS, PAYOUTS)}
    requested = record["_requested"]
    record["capabilities"] = (
        {"transfers": "active" if able[TRANSFERS] else "inactive"} if requested else {}
    )
    record["payouts_enabled"] = able[PAYOUTS] and requested
    record["requirements"] = {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": _disabled_reason(record),
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": [],
    }


def shown(record: Json) -> Json:
    """The requirements as the v2 API shows them."""
    entries = [_entry(record, field) for field in record["_due"]]
    summary = {"minimum_deadline": {"status": "past_due", "time": None}}
    return {"alternatives": [], "entries": entries, "summary": summary if entries else None}


def _entry(record: Json, field: str) -> Json:
    reason = "routine_verification" if record["details_submitted"] else "routine_onboarding"
    return {
        "awaiting_action_from": "user",
        "description": field,
        "errors": [],
        "impact": {
            "restricts_capabilities": [
                {
                    "capability": each,
                    "configuration": "recipient",
                    "deadline": {"status": "past_due"},
                }
                for each in _restricted_by(field)
            ]
        },
        "minimum_deadline": {"status": "past_due"},
        "reference": None,
        "requested_reasons": [{"code": reason}],
    }


def _restricted_by(field: str) -> tuple[str, ...]:
    """Without a bank account money can come in, but not go out."""
    return (PAYOUTS,) if field == BANK_ACCOUNT else (PAYOUTS, TRANSFERS)


def _disabled_reason(record: Json) -> str | None:
    if record["_rejected"]:
        return "rejected.other"
    return "requirements.past_due" if record["_due"] else None
