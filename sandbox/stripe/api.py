"""The door of the API: key, faults, parameters, idempotency, journal, error bodies."""

import asyncio
import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault, FaultKind, Faults
from sandbox.journal import Call, Journal
from sandbox.stripe import connected_accounts, request_body
from sandbox.stripe.account import Account
from sandbox.stripe.endpoint import Endpoint
from sandbox.stripe.endpoints import ENDPOINTS
from sandbox.stripe.errors import ApiError, no_access, server_error
from sandbox.stripe.events import API_VERSION, Cause
from sandbox.stripe.expand import expand
from sandbox.stripe.idempotency import Answer, IdempotencyKeys
from sandbox.stripe.state import Json, new_id
from sandbox.stripe.timekeeping import catch_up

# The code of a planned refusal, where the endpoint has a usual one.
_REFUSED_AS = {
    "/v1/refunds": "charge_not_refundable",
    "/v1/transfers": "balance_insufficient",
    "/v1/transfers/{id}/reversals": "balance_insufficient",
}


class Api:
    """Answers requests of the Stripe SDK for one account."""

    def __init__(
        self, account: Account, *, journal: Journal, faults: Faults, secret_key: str
    ) -> None:
        self._account = account
        self._journal = journal
        self._faults = faults
        self._secret_key = secret_key
        self._keys = IdempotencyKeys(account)

    def routes(self) -> list[Route]:
        """One route for each entry of the table, then one that knows no address."""
        served = [
            Route(each.path, self._serving(each), methods=[each.method]) for each in ENDPOINTS
        ]
        every = ["GET", "POST", "DELETE", "PUT", "PATCH"]
        unknown = [
            Route(f"/{version}/{{rest:path}}", self._unknown, methods=every)
            for version in ("v1", "v2")
        ]
        return [*served, *unknown]

    def _serving(self, endpoint: Endpoint) -> Any:
        async def serve(request: Request) -> Response:
            return await self._answer(request, endpoint)

        return serve

    async def _unknown(self, request: Request) -> Response:
        return await self._answer(request, None)

    async def _answer(self, request: Request, endpoint: Endpoint | None) -> Response:
        path = _path(request)
        params: Json = {}
        request_id = new_id("req_", 14)
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        try:
            self._require_key(request)
            known = _known(endpoint, request)
            params = await request_body.read(request, takes_json=known.takes_json)
            answer = await self._execute(request, known, params, request_id)
            if answer.request_id != request_id:
                headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.request_id}
        except ApiError as refusal:
            answer = Answer(refusal.status, refusal.as_json(), request_id)
        if key := request.headers.get("idempotency-key"):
            headers["Idempotency-Key"] = key
        self._note(request.method, path, params, answer)
        return JSONResponse(answer.body, answer.status, headers)

    def _require_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not given.startswith("Bearer "):
            why = "You did not provide an API key; send it as `Authorization: Bearer KEY`."
            raise ApiError(why, status=401)
        if not hmac.compare_digest(given.encode(), f"Bearer {self._secret_key}".encode()):
            raise ApiError("Invalid API Key provided.", status=401)

    async def _execute(
        self, request: Request, endpoint: Endpoint, params: Json, request_id: str
    ) -> Answer:
        """Execute once for each idempotency key, and let a planned fault have its way.

        A FAIL happens before the endpoint begins, so the key does not remember it and the same
        key may succeed later. A LOSE_ANSWER is remembered as what was done.
        """
        now = self._account.clock.now()
        fault = self._faults.take("stripe", endpoint.operation, now=now)
        if fault and (refusal := _instead(fault, endpoint)):
            raise refusal
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        known = self._keys.begin(key, _path(request), params) if key else None
        if known:
            return known
        try:
            await _delay(fault)
            answer = self._run(request, endpoint, params, Cause(request_id, key))
        finally:
            if key:
                self._keys.end(key)
        if fault and fault.kind is FaultKind.LOSE_ANSWER:
            raise server_error()
        if fault and fault.kind is FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
        return answer

    def _run(self, request: Request, endpoint: Endpoint, params: Json, cause: Cause) -> Answer:
        """Check, act, remember and commit; nothing is awaited, so nothing comes in between."""
        request_id, path = str(cause.id), _path(request)
        object_id = request.path_params.get("id", "")
        try:
            catch_up(self._account)
            account = self._speaking(request, endpoint)
            checked = endpoint.takes(params, "")
            paths = checked.pop("expand", [])
            with self._account.events.caused_by(cause):
                body = endpoint.handler(account, checked, object_id, path)
            answer = Answer(200, expand(self._account.state, body, paths), request_id)
        except ApiError as refusal:
            if not refusal.replayed:
                raise
            answer = Answer(refusal.status, refusal.as_json(), request_id)
        finally:
            self._account.state.commit()
        if cause.idempotency_key:
            self._keys.remember(cause.idempotency_key, path, params, answer)
            self._account.state.commit()
        return answer

    def _speaking(self, request: Request, endpoint: Endpoint) -> Account:
        """The account for which the request speaks: the platform, or a connected one of its."""
        if "stripe-context" in request.headers:
            raise ApiError("The sandbox does not serve the header Stripe-Context.")
        connected = request.headers.get("stripe-account")
        if connected is None:
            return self._account
        if connected_accounts.find(self._account, connected) is None:
            raise no_access(connected)
        if not endpoint.connected:
            why = f"The sandbox does not serve {endpoint.operation} for a connected account."
            raise ApiError(why)
        return self._account.speaking_for(connected)

    def _note(self, method: str, path: str, params: Json, answer: Answer) -> None:
        now = self._account.clock.now()
        body = _without_secrets(answer.body)
        self._journal.record(Call(now, "stripe", method, path, answer.status, params, body))


def _known(endpoint: Endpoint | None, request: Request) -> Endpoint:
    if endpoint is None:
        why = f"Unrecognized request URL ({request.method}: {_path(request)})."
        raise ApiError(why, status=404)
    return endpoint


async def _delay(fault: Fault | None) -> None:
    if fault and fault.kind is FaultKind.DELAY:
        await asyncio.sleep(fault.seconds)


def _instead(fault: Fault, endpoint: Endpoint) -> ApiError | None:
    """The refusal of a fault that keeps the endpoint from beginning; None for the others."""
    match fault.kind:
        case FaultKind.FAIL:
            return server_error()
        case FaultKind.REFUSE:
            return _refused(endpoint)
        case FaultKind.UNAUTHORIZED:
            return ApiError("The sandbox was told not to know this key.", status=401)
        case FaultKind.RATE_LIMIT:
            why = "The sandbox was told that this is too much."
            return ApiError(why, status=429, code="rate_limit")
        case _:
            return None


def _refused(endpoint: Endpoint) -> ApiError:
    code = _REFUSED_AS.get(endpoint.path)
    return ApiError("The sandbox was told to refuse this request.", code=code)


def _path(request: Request) -> str:
    """The path below the mount, e.g. `/v1/refunds`."""
    return str(request.scope["path"]).removeprefix(str(request.scope.get("root_path", "")))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "…" if key == "client_secret" and inner else _without_secrets(inner)
            for key, inner in value.items()
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value
