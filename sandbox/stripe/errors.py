"""Refusals in Stripe's own shape: HTTP status, error type, code and parameter."""

from typing import Any


class ApiError(Exception):
    """An answer of the API that is not 2xx.

    `replayed` tells whether an idempotency key remembers it: Stripe forgets what parameter
    validation refused and keeps what the endpoint itself decided.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        replayed: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.replayed = replayed
        fields = {
            "type": kind,
            "message": message,
            "code": code,
            "param": param,
            "decline_code": decline_code,
        }
        self._error = {name: value for name, value in fields.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        return {"error": dict(self._error)}


def unknown_parameter(param: str) -> ApiError:
    return ApiError(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def missing_parameter(param: str, why: str | None = None) -> ApiError:
    return ApiError(
        why or f"Missing required param: {param}.", code="parameter_missing", param=param
    )


def invalid_parameter(param: str, why: str, code: str | None = None) -> ApiError:
    return ApiError(why, code=code, param=param)


def missing_resource(noun: str, object_id: str, param: str = "id") -> ApiError:
    return ApiError(
        f"No such {noun}: '{object_id}'",
        status=404,
        code="resource_missing",
        param=param,
        replayed=True,
    )


def missing_object(noun: str, object_id: str, param: str) -> ApiError:
    """A 400: a parameter names what does not exist; see `missing_resource` for a path that does."""
    return ApiError(
        f"No such {noun}: '{object_id}'", code="resource_missing", param=param, replayed=True
    )


def not_found(object_id: str) -> ApiError:
    """The v2 API's answer to an id that it does not know."""
    why = f"The resource '{object_id}' wasn't found."
    return ApiError(why, status=404, code="not_found", replayed=True)


def no_access(connected: str) -> ApiError:
    """The v1 API's answer to a connected account that is unknown, or no longer there."""
    why = (
        f"The provided key does not have access to account '{connected}' (or that account does "
        "not exist). Application access may have been revoked."
    )
    return ApiError(why, status=403, code="account_invalid", replayed=True)


def decided(message: str, *, code: str | None = None, param: str | None = None) -> ApiError:
    """A 400 that depends on the state of an object; the idempotency key keeps it."""
    return ApiError(message, code=code, param=param, replayed=True)


def server_error() -> ApiError:
    return ApiError("The sandbox was told to fail here.", status=500, kind="api_error")
