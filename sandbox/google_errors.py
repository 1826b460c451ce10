"""How Google's services word their refusals."""

from sandbox.standin import Answer, Refused


def api_error(
    status: int, reason: str, message: str, *, domain: str = "global", wait: int | None = None
) -> Answer:
    """An error of the Calendar API; `wait` seconds become Retry-After."""
    error = {
        "code": status,
        "message": message,
        "errors": [{"domain": domain, "reason": reason, "message": message}],
    }
    return Answer(status, {"error": error}, {"Retry-After": str(wait)} if wait else {})


def invalid(message: str, reason: str = "invalid") -> Refused:
    return Refused(api_error(400, reason, message))


def oauth_error(status: int, code: str, description: str) -> Refused:
    """An error of the token endpoint (RFC 6749 §5.2)."""
    return Refused(Answer(status, {"error": code, "error_description": description}))
