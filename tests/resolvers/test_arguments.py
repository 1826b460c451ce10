"""Ids as clients write them become ids of ours, or a refusal that names their field."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
import strawberry

from resolvers.arguments import MOST_IDS, stripe_id_of, uuid_of, uuid_or_none, uuids_of
from sandbox.faults import Fault, FaultKind
from services.domain.errors import InvalidInput, PaymentNotFound
from tests.world import CONSULTATION, MENTORING, REVIEW, World

TEXT = "5e550000-0000-4000-8000-000000000002"
NO_IDS = ["", "7", "mentoring", TEXT[:-1], f"{TEXT}0", "5e550000-0000-4000-8000-00000000000g"]
MARK = (
    "mutation ($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input)"
    " { markedCount errors { code message ... on InvalidInputError { field } } } }"
)


def an_id(text: str) -> strawberry.ID:
    return strawberry.ID(text)


def test_an_id_is_read_in_any_case() -> None:
    assert uuid_or_none(an_id(TEXT)) == UUID(TEXT)
    assert uuid_of(an_id(TEXT.upper()), "id") == UUID(TEXT)


@pytest.mark.parametrize("text", NO_IDS)
def test_text_that_is_no_id_is_none_or_refused_by_its_field(text: str) -> None:
    assert uuid_or_none(an_id(text)) is None
    with pytest.raises(InvalidInput) as caught:
        uuid_of(an_id(text), "bookingId")
    assert caught.value.field == "bookingId"
    assert caught.value.message == "bookingId is no id of ours: ids are UUIDs."


def test_a_list_of_ids_is_read_whole_or_refused() -> None:
    assert uuids_of([], "ids") == []
    assert uuids_of([an_id(TEXT)] * MOST_IDS, "ids") == [UUID(TEXT)] * MOST_IDS
    with pytest.raises(InvalidInput, match="ids takes at most 100 ids"):
        uuids_of([an_id(TEXT)] * (MOST_IDS + 1), "ids")
    with pytest.raises(InvalidInput, match="ids is no id of ours"):
        uuids_of([an_id(TEXT), an_id("7")], "ids")


@pytest.mark.parametrize(
    ("text", "kind"), [("cs_test_a1B2", "cs"), ("pi_3Abc", "pi"), (f"cs_{'x' * 252}", "cs")]
)
def test_an_id_of_stripe_is_taken_as_it_is(text: str, kind: Literal["cs", "pi"]) -> None:
    assert stripe_id_of(text, kind) == text


@pytest.mark.parametrize(
    "text",
    ["", "cs", "cs_", "pi_1", "CS_1", "cs_\x00", "cs_1\n", "cs_1/a", "cs_é", f"cs_{'x' * 253}"],
)
def test_text_that_stripe_never_gave_as_an_id_is_of_no_payment(text: str) -> None:
    with pytest.raises(PaymentNotFound):
        stripe_id_of(text, "cs")


async def test_an_object_of_an_impossible_id_is_null(world: World) -> None:
    query = (
        "query ($id: ID!) { sessionType(id: $id) { name } booking(id: $id) { id }"
        " mySubscription(planId: $id) { id } }"
    )
    nothing = {"sessionType": None, "booking": None, "mySubscription": None}
    assert await world.client.asks(query, id="7") == nothing
    found = await world.client.asks(query, id=MENTORING)
    assert found == nothing | {"sessionType": {"name": "Mentoring session"}}


async def refused(world: World, mutation: str, payload: str, given: dict[str, Any]) -> Any:
    data = await world.client.asks(mutation, input=given)
    [error] = data[payload]["errors"]
    return error


async def test_mutations_name_the_field_of_an_impossible_id(world: World) -> None:
    fields = "{ __typename errors { code ... on InvalidInputError { field } } }"
    start = "2030-01-01T00:00:00Z"
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        ("createCheckoutSession", "CreateCheckoutSession", {"sessionTypeId": "7"}, "sessionTypeId"),
        ("createCheckoutSession", "CreateCheckoutSession", {"planId": "7"}, "planId"),
        ("portalUrl", "PortalUrl", {"subscriptionId": "7"}, "subscriptionId"),
        ("scheduleBooking", "ScheduleBooking", {"bookingId": "7", "startsAt": start}, "bookingId"),
        ("cancelBooking", "CancelBooking", {"bookingId": "7"}, "bookingId"),
    ]
    for name, kind, given, field in asked:
        mutation = f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {fields} }}"
        error = await refused(world, mutation, name, given)
        assert error == {"code": "VALIDATION", "field": field}
    assert await world.rows("select from public.bookings") == []
    assert await world.rows("select from public.subscriptions") == []
    assert world.sandbox.journal.of("stripe") == []


async def test_too_many_ids_are_refused_and_none_is_marked(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    error = await refused(world, MARK, "markNotificationsRead", {"ids": [TEXT] * (MOST_IDS + 1)})
    assert error == {
        "code": "VALIDATION",
        "message": "ids takes at most 100 ids.",
        "field": "ids",
    }
    assert (await world.client.asks("{ me { unreadNotifications } }"))["me"] == {
        "unreadNotifications": 1
    }


async def test_slots_of_an_impossible_id_are_a_coded_error(world: World) -> None:
    answer = await world.nobody.posts(
        '{ availableSlots(sessionTypeId: "7", from: "2030-01-01T00:00:00Z",'
        ' to: "2030-01-02T00:00:00Z") { startsAt } }'
    )
    assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


@pytest.mark.parametrize(
    ("session_type", "first", "last", "code", "message"),
    [
        (MENTORING, "01-02", "01-01", "VALIDATION", "to must be later than from."),
        (MENTORING, "01-01", "01-01", "VALIDATION", "to must be later than from."),
        (MENTORING, "01-01", "03-05", "VALIDATION", "At most 62 days can be searched at once."),
        (
            "00000000-0000-4000-8000-000000000000",
            "01-01",
            "01-02",
            "NOT_FOUND",
            "We could not find this session type.",
        ),
    ],
)
async def test_slots_that_cannot_be_searched_say_why(
    world: World, *, session_type: str, first: str, last: str, code: str, message: str
) -> None:
    answer = await world.nobody.posts(
        f'{{ availableSlots(sessionTypeId: "{session_type}", from: "2030-{first}T00:00:00Z",'
        f' to: "2030-{last}T00:00:00Z") {{ startsAt }} }}'
    )
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["message"]) == (code, message)


@pytest.mark.parametrize(
    ("session_type", "more", "code"),
    [
        ("00000000-0000-4000-8000-000000000000", {}, "NOT_FOUND"),
        (MENTORING, {"timeZone": "Mars/Olympus"}, "VALIDATION"),
        (MENTORING, {"idempotencyKey": ""}, "VALIDATION"),
        (MENTORING, {"idempotencyKey": "x" * 256}, "VALIDATION"),
        (CONSULTATION, {}, "VALIDATION"),
        (MENTORING, {"startsAt": None}, "VALIDATION"),
        (MENTORING, {"returnUrl": "https://evil.test/"}, "RETURN_URL_REFUSED"),
        (MENTORING, {"cancelUrl": "javascript:alert(1)"}, "RETURN_URL_REFUSED"),
    ],
)
async def test_a_purchase_that_makes_no_sense_is_refused_and_holds_nothing(
    world: World, session_type: str, more: dict[str, Any], code: str
) -> None:
    given = {"starts_at": (await world.client.slots())[0]} | {
        {"startsAt": "starts_at"}.get(name, name): value for name, value in more.items()
    }
    payload = await world.client.opens_checkout(session_type=session_type, **given)
    assert [error["code"] for error in payload["errors"]] == [code]
    assert (payload["checkout"], payload["booking"]) == (None, None)
    assert await world.rows("select from public.bookings") == []
    assert world.sandbox.journal.of("stripe") == []


@pytest.mark.parametrize("knows_customer", [False, True])
async def test_a_checkout_that_stripe_refuses_can_be_asked_for_again(
    world: World, knows_customer: bool
) -> None:
    if knows_customer:
        await world.client.books()
    held = len(await world.rows("select from public.bookings"))
    slot = (await world.client.slots())[1]
    world.sandbox.faults.plan("stripe", Fault(FaultKind.REFUSE))

    refused = await world.client.opens_checkout(slot)
    assert [each["code"] for each in refused["errors"]] == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert (refused["checkout"], refused["booking"]) == (None, None)
    opened = await world.client.opens_checkout(slot)
    assert opened["errors"] == []
    assert opened["booking"]["status"] == "AWAITING_PAYMENT"

    assert len(await world.rows("select from public.bookings")) == held + 1
    states = await world.rows(
        "select status from private.checkouts where booking_id = $1 order by attempt",
        opened["booking"]["id"],
    )
    tried = [row["status"] for row in states]
    assert tried == (["EXPIRED", "OPEN"] if knows_customer else ["OPEN"])
    customers = [
        call
        for call in world.sandbox.journal.of("stripe")
        if call.path == "/v1/customers" and call.status == 200
    ]
    assert len(customers) == 1


async def open_starts(world: World, first: str, days: int) -> dict[str, Any]:
    """availableSlots of a session type in our own calendar for some days from `first` on."""
    last = datetime.fromisoformat(first).astimezone(UTC) + timedelta(days=days)
    return await world.nobody.posts(
        f'{{ availableSlots(sessionTypeId: "{REVIEW}", from: "{first}",'
        f' to: "{last.isoformat()}") {{ startsAt }} }}'
    )


async def test_a_whole_month_is_answered_however_dense_and_more_than_that_is_refused(
    world: World,
) -> None:
    await world.rows(
        "update public.session_types set step_minutes = 5, minimum_notice_minutes = 0,"
        " duration_minutes = 5, daily_cap = null, horizon_days = 100 where id = $1",
        REVIEW,
    )
    await world.rows("delete from public.availability")
    await world.rows(
        "insert into public.availability (host_id, weekday, opens_minute, closes_minute)"
        " select host_id, day, 0, 1440 from public.session_types, generate_series(0, 6) as day"
        " where id = $1",
        REVIEW,
    )
    first = (world.app.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00+00:00")
    month = await open_starts(world, first, 31)
    assert len(month["data"]["availableSlots"]) == 31 * 24 * 12
    [error] = (await open_starts(world, first, 62))["errors"]
    assert (error["extensions"]["code"], error["message"]) == (
        "VALIDATION",
        "More than 9000 times are open: search fewer days.",
    )


@pytest.mark.parametrize(
    "between",
    [
        'from: "0001-01-01T00:00:00Z", to: "0001-01-02T00:00:00Z"',
        'from: "9999-12-30T00:00:00Z", to: "9999-12-31T23:59:59Z"',
    ],
)
async def test_slots_at_the_ends_of_the_calendar_are_none(world: World, between: str) -> None:
    answer = await world.nobody.posts(
        f'{{ availableSlots(sessionTypeId: "{MENTORING}", {between}) {{ startsAt }} }}'
    )
    assert answer == {"data": {"availableSlots": []}}


@pytest.mark.parametrize("starts_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_start_at_the_ends_of_the_calendar_is_no_slot(world: World, starts_at: str) -> None:
    payload = await world.client.opens_checkout(starts_at)
    assert [error["code"] for error in payload["errors"]] == ["SLOT_UNAVAILABLE"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"returnUrl": "https://[evil.test/"}, "RETURN_URL_REFUSED"),
        ({"cancelUrl": "https://[evil.test/"}, "RETURN_URL_REFUSED"),
        ({"returnUrl": "OURS/paid\x00"}, "RETURN_URL_REFUSED"),
        ({"returnUrl": "OURS/pa\nid"}, "RETURN_URL_REFUSED"),
        ({"returnUrl": " OURS/paid"}, "RETURN_URL_REFUSED"),
        ({"timeZone": "Europe/Kyiv\x00"}, "VALIDATION"),
        ({"idempotencyKey": "a\x00b"}, "VALIDATION"),
    ],
)
async def test_text_that_nobody_can_read_is_refused_as_what_it_is(
    world: World, more: dict[str, str], code: str
) -> None:
    more = {name: text.replace("OURS", world.base) for name, text in more.items()}
    payload = await world.client.opens_checkout((await world.client.slots())[0], **more)
    assert [error["code"] for error in payload["errors"]] == [code]
    assert await world.rows("select from public.bookings") == []
    assert world.sandbox.journal.of("stripe") == []


async def test_a_page_marker_with_a_nul_is_none(world: World) -> None:
    answer = await world.client.posts(
        "query ($after: String) { myBookings(after: $after) { nodes { id } } }", after="\x00"
    )
    assert answer["errors"][0]["extensions"]["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("kind", ["checkout session", "payment intent"])
async def test_a_reference_with_a_nul_is_of_no_payment(world: World, kind: str) -> None:
    given = {"session_id": "cs_\x00"} if kind == "checkout session" else {}
    payload = await world.client.confirms(**given, payment_intent_id=None if given else "pi_\x00")
    assert [error["code"] for error in payload["errors"]] == ["PAYMENT_NOT_FOUND"]
    assert world.sandbox.journal.of("stripe") == []
