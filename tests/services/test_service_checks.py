"""Settings of outside services: what is half set, unserved or malformed is told at the start."""

import json
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from services.domain.models import CalendarKind, VideoKind
from services.service_checks import service_problems
from services.settings import Settings, SettingsError

TOKEN = f"123456:{'A' * 35}"
NO_SERVICE_ACCOUNT = (
    "GOOGLE_SERVICE_ACCOUNT_JSON is no service account's key: paste the whole JSON file that the "
    "Google Cloud console gave"
)
NO_TOKEN = "TELEGRAM_BOT_TOKEN is no bot token: copy it from @BotFather, like 123456:ABC…"
NO_SECRET = "TELEGRAM_WEBHOOK_SECRET may hold 1 to 256 of A-Z, a-z, 0-9, _ and - only"
NO_TEMPLATE = "SENDGRID_TEMPLATE_ID is no dynamic template: its id begins with d-"
NO_WEBHOOK_KEY = (
    "SENDGRID_WEBHOOK_KEY is no public key: copy the verification key of the signed event webhook"
)
NO_ROOMS = (
    "DEFAULT_VIDEO is CALENDAR but the built-in calendar has no rooms: set DEFAULT_CALENDAR or "
    "choose another"
)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve).public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


RSA_PEM = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def key_file(**changes: Any) -> str:
    """A service account's key file; a change to None leaves the member out."""
    whole = {
        "type": "service_account",
        "client_email": "bot@project.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": RSA_PEM,
    }
    return json.dumps({name: it for name, it in (whole | changes).items() if it is not None})


WHOLE: dict[str, Any] = {
    "default_calendar": CalendarKind.GOOGLE,
    "calcom_api_key": "cal_live_1",
    "google_service_account_json": key_file(),
    "google_client_id": "id",
    "google_client_secret": "secret",
    "google_refresh_token": "1//token",
    "calendly_api_token": "token",
    "calendly_webhook_signing_key": "key",
    "default_video": VideoKind.CALENDAR,
    "zoom_account_id": "account",
    "zoom_client_id": "client",
    "zoom_client_secret": "secret",
    "daily_api_key": "key",
    "sendgrid_api_key": "SG.key",
    "sendgrid_template_id": "d-0123456789abcdef",
    "sendgrid_webhook_key": public(ec.SECP256R1()),
    "telegram_bot_token": TOKEN,
    "telegram_webhook_secret": "a-Secret_1",
}


def told(**values: Any) -> list[str]:
    return service_problems(Settings(_env_file=None, **values))


def test_no_outside_service_at_all_is_fine() -> None:
    assert told() == []


def test_every_outside_service_at_once_is_fine() -> None:
    assert told(**WHOLE) == []


# --- half set ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "problem"),
    [
        (
            ["zoom_account_id"],
            "ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET is missing beside ZOOM_ACCOUNT_ID",
        ),
        (
            ["zoom_client_id", "zoom_client_secret"],
            "ZOOM_ACCOUNT_ID is missing beside ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET",
        ),
        (
            ["google_refresh_token"],
            "GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET is missing beside GOOGLE_REFRESH_TOKEN",
        ),
        (["telegram_bot_token"], "TELEGRAM_WEBHOOK_SECRET is missing beside TELEGRAM_BOT_TOKEN"),
        (
            ["telegram_webhook_secret"],
            "TELEGRAM_BOT_TOKEN is missing beside TELEGRAM_WEBHOOK_SECRET",
        ),
    ],
)
def test_settings_that_belong_together_are_all_set_or_none(there: list[str], problem: str) -> None:
    assert told(**{name: WHOLE[name] for name in there}) == [f"{problem}: set all or none"]


@pytest.mark.parametrize(
    ("there", "needed"),
    [
        ("calendly_webhook_signing_key", "calendly_api_token"),
        ("sendgrid_template_id", "sendgrid_api_key"),
        ("sendgrid_webhook_key", "sendgrid_api_key"),
    ],
)
def test_what_is_worth_nothing_without_its_key_asks_for_it(there: str, needed: str) -> None:
    assert told(**{there: WHOLE[there]}) == [
        f"{needed.upper()} is missing beside {there.upper()}: set both or none"
    ]
    assert told(**{needed: WHOLE[needed]}) == []


# --- a default that nothing serves ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "needed", "serving"),
    [
        ("default_calendar", CalendarKind.CALCOM, "CALCOM_API_KEY", ["calcom_api_key"]),
        (
            "default_calendar",
            CalendarKind.GOOGLE,
            "GOOGLE_SERVICE_ACCOUNT_JSON",
            ["google_service_account_json"],
        ),
        (
            "default_calendar",
            CalendarKind.GOOGLE,
            "GOOGLE_SERVICE_ACCOUNT_JSON",
            ["google_client_id", "google_client_secret", "google_refresh_token"],
        ),
        ("default_calendar", CalendarKind.CALENDLY, "CALENDLY_API_TOKEN", ["calendly_api_token"]),
        (
            "default_video",
            VideoKind.ZOOM,
            "ZOOM_ACCOUNT_ID",
            ["zoom_account_id", "zoom_client_id", "zoom_client_secret"],
        ),
        ("default_video", VideoKind.DAILY, "DAILY_API_KEY", ["daily_api_key"]),
    ],
)
def test_a_default_needs_the_key_of_its_service(
    name: str, kind: CalendarKind | VideoKind, needed: str, serving: list[str]
) -> None:
    chosen = {name: kind}
    assert told(**chosen) == [
        f"{name.upper()} is {kind} but {needed} is missing: set it or choose another"
    ]
    assert told(**chosen, **{key: WHOLE[key] for key in serving}) == []


def test_rooms_of_the_calendar_need_a_calendar_that_has_rooms() -> None:
    assert told(default_video=VideoKind.CALENDAR) == [NO_ROOMS]
    served = {
        "default_calendar": CalendarKind.CALCOM,
        "calcom_api_key": "cal_live_1",
        "default_video": VideoKind.CALENDAR,
    }
    assert told(**served) == []


# --- malformed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "[]",
        '"hunter2"',
        "{}",
        key_file(client_email=None),
        key_file(private_key_id=None),
        key_file(private_key=None),
        key_file(private_key="hunter2"),
        key_file(private_key=""),
        key_file(private_key=7),
        key_file(client_email=["hunter2"]),
        key_file(type="authorized_user"),
        key_file(type=None),
        key_file(private_key=pem(ec.generate_private_key(ec.SECP256R1()))),
        RSA_PEM,
    ],
    ids=range(15),
)
def test_a_key_file_of_google_is_whole(text: str) -> None:
    assert told(google_service_account_json=text) == [NO_SERVICE_ACCOUNT]


@pytest.mark.parametrize("token", ["hunter2", "123456:short", f"x:{'A' * 35}", f"bot{TOKEN}"])
def test_a_bots_token_has_its_shape(token: str) -> None:
    assert told(telegram_bot_token=token, telegram_webhook_secret="s") == [NO_TOKEN]


@pytest.mark.parametrize(
    ("secret", "good"),
    [("s", True), ("A" * 256, True), ("A" * 257, False), ("hunter 2", False), ("hünter", False)],
)
def test_a_webhook_secret_is_one_that_telegram_takes(secret: str, *, good: bool) -> None:
    problems = told(telegram_bot_token=TOKEN, telegram_webhook_secret=secret)
    assert problems == ([] if good else [NO_SECRET])


def test_a_template_is_a_dynamic_one() -> None:
    legacy = "13b8f94f-bcae-4ec6-b752-70d6cb59f932"
    assert told(sendgrid_api_key="SG.1", sendgrid_template_id=legacy) == [NO_TEMPLATE]


@pytest.mark.parametrize(
    "key", ["hunter2", "not base64", "SGVsbG8=", public(ec.SECP384R1()), public(ec.SECP256R1())[8:]]
)
def test_the_event_webhooks_key_is_one_that_can_verify(key: str) -> None:
    assert told(sendgrid_api_key="SG.1", sendgrid_webhook_key=key) == [NO_WEBHOOK_KEY]


# --- all of it -----------------------------------------------------------------------------------

WRONG: dict[str, Any] = {
    "zoom_client_secret": "hunter1",
    "google_client_secret": "hunter2",
    "calendly_webhook_signing_key": "hunter3",
    "sendgrid_template_id": "hunter4",
    "sendgrid_webhook_key": "hunter5",
    "default_calendar": CalendarKind.CALCOM,
    "default_video": VideoKind.DAILY,
    "google_service_account_json": '{"private_key": "hunter6"}',
    "telegram_bot_token": "hunter7",
    "telegram_webhook_secret": "hunter 8",
}


def test_everything_wrong_is_named_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load(_env_file=None, **WRONG)
    assert refused.value.problems == [
        "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID is missing beside ZOOM_CLIENT_SECRET: set all or none",
        "GOOGLE_CLIENT_ID, GOOGLE_REFRESH_TOKEN is missing beside GOOGLE_CLIENT_SECRET: "
        "set all or none",
        "CALENDLY_API_TOKEN is missing beside CALENDLY_WEBHOOK_SIGNING_KEY: set both or none",
        "SENDGRID_API_KEY is missing beside SENDGRID_TEMPLATE_ID: set both or none",
        "SENDGRID_API_KEY is missing beside SENDGRID_WEBHOOK_KEY: set both or none",
        "DEFAULT_CALENDAR is CALCOM but CALCOM_API_KEY is missing: set it or choose another",
        "DEFAULT_VIDEO is DAILY but DAILY_API_KEY is missing: set it or choose another",
        NO_SERVICE_ACCOUNT,
        NO_TOKEN,
        NO_SECRET,
        NO_TEMPLATE,
        NO_WEBHOOK_KEY,
    ]
    assert "hunter" not in str(refused.value)
