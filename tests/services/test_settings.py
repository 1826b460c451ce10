"""Settings: what starts, and every problem told at once with its mend."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.providers.smtp import Relay, Smtp
from services.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[2]

LIVE = {
    "STRIPE_SECRET_KEY": "sk_live_51HaveMercy",
    "STRIPE_WEBHOOK_SECRET": "whsec_HaveMercy",
    "SUPABASE_URL": "https://ref.supabase.co",
    "SMTP_URL": "smtp+starttls://user:p4ssw0rd@smtp.shop.test:587",
    "EMAIL_FROM": "Shop <no-reply@shop.test>",
    "OPERATOR_EMAIL": "mends@shop.test",
    "PUBLIC_URL": "https://pay.shop.test",
}

KEY_SHAPE = "STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_"
NO_WEBHOOK_SECRET = (
    "STRIPE_WEBHOOK_SECRET is missing or does not begin with whsec_: "
    "take it from the webhook endpoint in Stripe's dashboard"
)
NO_SUPABASE = "SUPABASE_URL is missing: write https://<ref>.supabase.co"
NO_SMTP = "SMTP_URL or SENDGRID_API_KEY is missing: confirmations could not be sent"
NO_ADDRESS = "EMAIL_FROM holds no plain ASCII address: write it as Name <name@domain>"
NO_SENDER = "EMAIL_FROM is missing: example.com receives no mail"
NO_OPERATOR = "OPERATOR_EMAIL is missing: example.com receives no mail"
NOT_PUBLIC = "PUBLIC_URL must be the https address that clients and Stripe reach"
POOLER = (
    "DATABASE_URL uses port 6543, a transaction pooler, which loses LISTEN/NOTIFY: "
    "take the direct or the session-mode address (port 5432)"
)
BAD_PORT = (
    "DATABASE_URL has a malformed host or port; percent-encode special characters of the password"
)
SMTP_SHAPE = (
    "SMTP_URL must be smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]; "
    "percent-encode special characters of the password"
)
SMTP_CLEAR = (
    "SMTP_URL would send its password unencrypted: write smtp+starttls:// (port 587) "
    "or smtps:// (port 465)"
)
SHORT_SECRET = (
    "SUPABASE_JWT_SECRET has fewer than 32 bytes: copy the whole "
    "legacy JWT secret from the project's settings"
)
SHORT_CRON_SECRET = (
    "CRON_SECRET has fewer than 16 characters: "
    "write a random one, such as `openssl rand -hex 32` prints"
)
NO_NUMBER = "PORT: input should be a valid integer, unable to parse string as an integer"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment and no .env file, as on a fresh machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def refused(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **environment)
    return caught.value.problems


def no_web_address(name: str) -> str:
    return f"{name} is no web address: write it as https://host[/path]"


def bad_origin(origin: str) -> str:
    return f"ALLOWED_ORIGINS holds {origin!r}: write scheme://host[:port] without a path"


def test_without_any_setting_the_sandbox_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)
    assert settings.in_sandbox is True
    assert settings.stripe_livemode is False
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.return_origins == {"http://127.0.0.1:8000"}
    assert settings.database_url is None
    assert settings.hold.total_seconds() == 32 * 60
    assert settings.meeting_link_life.total_seconds() == 12 * 3600


def test_another_port_moves_the_public_address_unless_that_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert loaded(monkeypatch, PORT="9001").public_url == "http://127.0.0.1:9001"
    settings = loaded(monkeypatch, PORT="9001", PUBLIC_URL="http://pay.shop.test")
    assert settings.public_url == "http://pay.shop.test"


def test_whole_live_settings_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, **LIVE)
    assert settings.in_sandbox is False
    assert settings.stripe_livemode is True
    assert settings.token_issuer == "https://ref.supabase.co/auth/v1"
    assert settings.token_issuer == "https://ref.supabase.co/auth/v1"


@pytest.mark.parametrize(
    ("key", "live"),
    [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True), ("rk_live_1", True)],
)
def test_the_key_tells_the_mode(monkeypatch: pytest.MonkeyPatch, key: str, live: bool) -> None:
    assert loaded(monkeypatch, **LIVE | {"STRIPE_SECRET_KEY": key}).stripe_livemode is live


def test_a_test_key_may_be_tried_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = LIVE | {"STRIPE_SECRET_KEY": "sk_test_1", "PUBLIC_URL": "http://127.0.0.1:8000"}
    assert loaded(monkeypatch, **trial).public_url == "http://127.0.0.1:8000"


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {"STRIPE_SECRET_KEY": "", "DATABASE_URL": "", "PORT": "", "ALLOWED_ORIGINS": ""}
    settings = loaded(monkeypatch, **empty)
    assert settings.in_sandbox is True
    assert settings.port == 8000


def test_a_dotenv_file_is_read_and_the_environment_outranks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nMAX_HOLDS=7\nSOMEBODY_ELSES=1\n")
    settings = loaded(monkeypatch, PORT="9002")
    assert (settings.port, settings.max_holds) == (9002, 7)


def test_allowed_origins_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, ALLOWED_ORIGINS="https://app.shop.test, http://localhost:5173 ,")
    assert settings.allowed_origins == ("https://app.shop.test", "http://localhost:5173")
    assert settings.return_origins == {
        "http://127.0.0.1:8000",
        "https://app.shop.test",
        "http://localhost:5173",
    }


def test_the_older_names_of_supabase_keys_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, SUPABASE_SERVICE_ROLE_KEY="service-role", SUPABASE_ANON_KEY="anon"
    )
    assert settings.supabase_secret_key is not None
    assert settings.supabase_secret_key.get_secret_value() == "service-role"
    assert settings.supabase_publishable_key == "anon"


def test_the_newer_names_of_supabase_keys_outrank_the_older(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = loaded(
        monkeypatch,
        SUPABASE_SECRET_KEY="new-secret",
        SUPABASE_SERVICE_ROLE_KEY="old-secret",
        SUPABASE_PUBLISHABLE_KEY="new-public",
        SUPABASE_ANON_KEY="old-public",
    )
    assert settings.supabase_secret_key is not None
    assert settings.supabase_secret_key.get_secret_value() == "new-secret"
    assert settings.supabase_publishable_key == "new-public"


def test_live_mode_names_everything_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, STRIPE_SECRET_KEY="sk_live_1") == [
        NO_WEBHOOK_SECRET,
        NO_SUPABASE,
        NO_SMTP,
        NO_SENDER,
        NO_OPERATOR,
        NOT_PUBLIC,
    ]


def test_everything_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "STRIPE_SECRET_KEY": "pk_live_1",
        "STRIPE_WEBHOOK_SECRET": "we_1",
        "SANDBOX": "1",
        "SUPABASE_URL": "ref.supabase.co",
        "STRIPE_API_BASE": "ftp://127.0.0.1",
        "MEETING_BASE_URL": "meet.jit.si",
        "PUBLIC_URL": "pay.shop.test",
        "ALLOWED_ORIGINS": "https://app.shop.test/,*",
        "DATABASE_URL": "postgresql://u:p@db.shop.test:6543/postgres",
        "SMTP_URL": "smtp.shop.test:587",
        "SUPABASE_JWT_SECRET": "too-short",
        "EMAIL_FROM": "Shop",
        "OPERATOR_EMAIL": "nobody",
    }
    assert refused(monkeypatch, **wrong) == [
        no_web_address("PUBLIC_URL"),
        no_web_address("MEETING_BASE_URL"),
        no_web_address("SUPABASE_URL"),
        no_web_address("STRIPE_API_BASE"),
        bad_origin("https://app.shop.test/"),
        bad_origin("*"),
        POOLER,
        SMTP_SHAPE,
        SHORT_SECRET,
        NO_ADDRESS,
        "OPERATOR_EMAIL is no e-mail address: name who looks after stuck payments",
        "SANDBOX=1 beside STRIPE_SECRET_KEY: unset one, they exclude each other",
        KEY_SHAPE,
        NO_WEBHOOK_SECRET,
        NOT_PUBLIC,
    ]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"STRIPE_SECRET_KEY": "pk_live_1"}, KEY_SHAPE),
        ({"STRIPE_WEBHOOK_SECRET": "sk_live_1"}, NO_WEBHOOK_SECRET),
        ({"SUPABASE_URL": ""}, NO_SUPABASE),
        ({"SMTP_URL": ""}, NO_SMTP),
        ({"EMAIL_FROM": "Shop <no-reply@example.com>"}, NO_SENDER),
        ({"EMAIL_FROM": "no-reply@example.com"}, NO_SENDER),
        ({"OPERATOR_EMAIL": "me@example.com"}, NO_OPERATOR),
        ({"PUBLIC_URL": "http://pay.shop.test"}, NOT_PUBLIC),
        ({"PUBLIC_URL": "https://localhost"}, NOT_PUBLIC),
        ({"PUBLIC_URL": "https://[::1]:8000"}, NOT_PUBLIC),
        (
            {"SANDBOX": "true"},
            "SANDBOX=1 beside STRIPE_SECRET_KEY: unset one, they exclude each other",
        ),
        ({"DATABASE_URL": "mysql://db"}, "DATABASE_URL must begin with postgresql://"),
        ({"DATABASE_URL": "postgres://u:p#ss@db:5432/postgres"}, BAD_PORT),
        ({"DATABASE_URL": "postgres://u:p@db:6543/postgres?pgbouncer=true"}, POOLER),
        ({"SMTP_URL": "https://smtp.shop.test"}, SMTP_SHAPE),
        ({"SMTP_URL": "smtps://"}, SMTP_SHAPE),
        ({"SMTP_URL": "smtp://user:p4ss@smtp.shop.test"}, SMTP_CLEAR),
        ({"SUPABASE_JWT_SECRET": "x" * 31}, SHORT_SECRET),
        ({"CRON_SECRET": "x" * 15}, SHORT_CRON_SECRET),
        (
            {"ALLOWED_ORIGINS": "https://app.shop.test/path"},
            bad_origin("https://app.shop.test/path"),
        ),
        ({"ALLOWED_ORIGINS": "app.shop.test"}, bad_origin("app.shop.test")),
    ],
)
def test_one_wrong_setting_is_the_one_problem_told(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], problem: str
) -> None:
    assert refused(monkeypatch, **LIVE | changed) == [problem]


@pytest.mark.parametrize(
    "taken",
    [
        {"DATABASE_URL": "postgresql://u:p%23ss@db.shop.test:5432/postgres?sslmode=require"},
        {"DATABASE_URL": "postgres://u:p@db.shop.test/postgres"},
        {"SMTP_URL": "smtp://127.0.0.1:1025"},
        {"SMTP_URL": "smtp://user:p4ss@localhost:1025"},
        {"SMTP_URL": "smtps://user:p4ss@smtp.shop.test"},
        {"SUPABASE_JWT_SECRET": "x" * 32},
        {"CRON_SECRET": "x" * 16},
        {"EMAIL_FROM": "no-reply@shop.test"},
        {"STRIPE_API_BASE": "http://127.0.0.1:12111"},
    ],
)
def test_what_is_right_is_taken(monkeypatch: pytest.MonkeyPatch, taken: dict[str, str]) -> None:
    assert loaded(monkeypatch, **LIVE | taken).in_sandbox is False


def bases() -> list[str]:
    """Settings whose address is sent a key."""
    return ["SUPABASE_URL", *(n.upper() for n in Settings.model_fields if n.endswith("_base"))]


@pytest.mark.parametrize("name", bases())
def test_a_key_is_not_sent_in_the_clear_but_to_this_machine(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    [problem] = refused(monkeypatch, **LIVE | {name: "http://far.test"})
    assert problem.startswith(f"{name} ")
    assert "https" in problem
    for near in ("http://127.0.0.1:8080", "http://localhost:54321", "https://far.test"):
        assert loaded(monkeypatch, **LIVE | {name: near}).in_sandbox is False


def test_values_of_a_wrong_kind_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"HOLD_MINUTES": "30", "LOG_LEVEL": "loud", "RUN_WORKER": "perhaps", "MAX_HOLDS": "0"}
    assert refused(monkeypatch, **wrong) == [
        "RUN_WORKER: input should be a valid boolean, unable to interpret input",
        "LOG_LEVEL: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
        "HOLD_MINUTES: input should be greater than or equal to 31",
        "MAX_HOLDS: input should be greater than or equal to 1",
    ]


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        ("abc", NO_NUMBER),
        ("-1", "PORT: input should be greater than or equal to 0"),
        ("65536", "PORT: input should be less than or equal to 65535"),
    ],
)
def test_a_port_that_is_none_is_the_one_problem_told(
    monkeypatch: pytest.MonkeyPatch, port: str, problem: str
) -> None:
    assert refused(monkeypatch, PORT=port) == [problem]


def test_values_of_a_wrong_kind_in_real_use_hide_no_other_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = LIVE | {"MAX_HOLDS": "many", "EMAIL_FROM": "Shop", "PORT": "99999"}
    assert refused(monkeypatch, **wrong) == [
        "PORT: input should be less than or equal to 65535",
        "MAX_HOLDS: input should be a valid integer, unable to parse string as an integer",
        NO_ADDRESS,
    ]


def test_a_value_of_a_wrong_kind_hides_no_other_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(monkeypatch, PORT="abc", DATABASE_URL="mysql://db", SANDBOX="1") == [
        NO_NUMBER,
        "DATABASE_URL must begin with postgresql://",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"DATABASE_URL": "postgresql://u:pa[ss@db:5432/postgres"},
        {"SMTP_URL": "smtps://u:pa[ss@smtp.shop.test"},
        {"PUBLIC_URL": "https://[pay.shop.test"},
        {"PUBLIC_URL": "https://pay.shop.test:99999"},
        {"PUBLIC_URL": "https://:443"},
        {"SUPABASE_URL": "https://[ref.supabase.co"},
        {"STRIPE_API_BASE": "http://[127.0.0.1"},
        {"MEETING_BASE_URL": "https://meet]"},
        {"ALLOWED_ORIGINS": "https://[app.shop.test"},
        {"ALLOWED_ORIGINS": "https://"},
    ],
)
def test_an_address_that_cannot_be_read_is_a_problem_and_no_crash(
    monkeypatch: pytest.MonkeyPatch, broken: dict[str, str]
) -> None:
    [problem] = refused(monkeypatch, **LIVE | broken)
    assert problem.startswith(next(iter(broken)))


@pytest.mark.parametrize(
    "url",
    [
        "smtps://smtp.shop.test:99999",
        "smtps://smtp.shop.test:hunter2",
        "smtps://hunter2@smtp.shop.test",
        "smtps://:hunter2@smtp.shop.test",
        "smtps://hunter2:p%C3%A4ss@smtp.shop.test",
        "smtp://user:hunter2@127.evil.test",
        "https://user:hunter2@smtp.shop.test",
    ],
)
def test_an_smtp_address_that_mail_cannot_use_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with pytest.raises(ValueError, match=r"SMTP|smtp"):
        Relay.parse(url)
    [problem] = refused(monkeypatch, **LIVE | {"SMTP_URL": url})
    assert problem.startswith("SMTP_URL")
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "url", ["smtp://user:p4ss@127.0.0.2:1025", "smtp://user:p4ss@[::1]", "smtps://a%40b:p%3A@h"]
)
def test_an_smtp_address_that_mail_can_use_is_taken(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert Relay.parse(url).user is not None
    assert loaded(monkeypatch, **LIVE | {"SMTP_URL": url}).in_sandbox is False


@pytest.mark.parametrize(
    ("sender", "good"),
    [
        ("no-reply@shop.test", True),
        ("  Shop <no-reply@shop.test> ", True),
        ('"Shop, Ltd." <no-reply@shop.test>', True),
        ("Läden <no-reply@shop.test>", True),
        ("Shop", False),
        ("<>", False),
        ("no-reply@läden.test", False),
        ("größe@shop.test", False),
        ("a@b@shop.test", False),
        ("Shop <no-reply@shop.test", False),
        ("Shop <no-reply@shop.test> Ltd.", False),
        ("no-reply@-shop.test", False),
        ("a@shop.test, b@shop.test", False),
        (f"{'x' * 65}@shop.test", False),
    ],
)
def test_a_sender_is_one_that_mail_can_use_or_a_problem(
    monkeypatch: pytest.MonkeyPatch, *, sender: str, good: bool
) -> None:
    if good:
        Smtp(LIVE["SMTP_URL"], sender)
        assert loaded(monkeypatch, **LIVE | {"EMAIL_FROM": sender}).email_from == sender
    else:
        with pytest.raises(ValueError, match="sender"):
            Smtp(LIVE["SMTP_URL"], sender)
        assert refused(monkeypatch, **LIVE | {"EMAIL_FROM": sender}) == [NO_ADDRESS]


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DATABASE_URL": "postgresql://u:p@db/x"}, "DATABASE_URL"),
        ({"SUPABASE_URL": "https://ref.supabase.co"}, "SUPABASE_URL"),
        (
            {
                "DATABASE_URL": "postgresql://u:p@db/x",
                "SUPABASE_URL": "https://ref.supabase.co",
                "STRIPE_WEBHOOK_SECRET": "whsec_1",
                "SMTP_URL": "smtp://127.0.0.1",
            },
            "DATABASE_URL, SUPABASE_URL, STRIPE_WEBHOOK_SECRET, SMTP_URL",
        ),
    ],
)
def test_real_settings_without_a_stripe_key_never_become_a_sandbox_by_accident(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    assert refused(monkeypatch, **environment) == [
        f"STRIPE_SECRET_KEY is missing although {named} is set: set it for real use, "
        "or SANDBOX=1 to run the sandbox beside these on purpose"
    ]


def test_the_sandbox_beside_a_database_is_there_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, DATABASE_URL="postgresql://u:p@db/x", SANDBOX="1")
    assert settings.in_sandbox is True


OUTSIDE = {
    "CALCOM_API_KEY": "cal_live_hunter7",
    "GOOGLE_CLIENT_ID": "google-client",
    "GOOGLE_CLIENT_SECRET": "hunter8",
    "GOOGLE_REFRESH_TOKEN": "1//hunter9",
    "CALENDLY_API_TOKEN": "hunter10",
    "CALENDLY_WEBHOOK_SIGNING_KEY": "hunter11",
    "ZOOM_ACCOUNT_ID": "zoom-account",
    "ZOOM_CLIENT_ID": "zoom-client",
    "ZOOM_CLIENT_SECRET": "hunter12",
    "DAILY_API_KEY": "hunter13",
    "SENDGRID_API_KEY": "SG.hunter14",
    "TELEGRAM_BOT_TOKEN": "123456:hunter15-hunter15-hunter15",
    "TELEGRAM_WEBHOOK_SECRET": "hunter16",
}
"""Every key of an outside service, each whole."""


def test_secrets_never_print(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "DATABASE_URL": "postgresql://u:hunter1@db/x",
        "SUPABASE_SECRET_KEY": "sb_secret_hunter2",
        "SUPABASE_JWT_SECRET": "hunter3" * 6,
        "STRIPE_SECRET_KEY": "sk_live_hunter4",
        "STRIPE_WEBHOOK_SECRET": "whsec_hunter5",
        "SMTP_URL": "smtps://user:hunter6@smtp.shop.test",
        "CRON_SECRET": "hunter17" * 4,
    }
    settings = loaded(monkeypatch, **LIVE | secrets | OUTSIDE)
    forms: list[Any] = [repr(settings), str(settings), settings.model_dump_json()]
    forms.append(str(settings.model_dump()))
    assert all("hunter" not in form for form in forms)
    assert "**********" in settings.model_dump_json()


def test_a_problem_never_quotes_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "STRIPE_SECRET_KEY": "hunter1",
        "STRIPE_WEBHOOK_SECRET": "hunter2",
        "DATABASE_URL": "hunter3://u:hunter4@db",
        "SMTP_URL": "hunter5://u:hunter6@smtp",
        "SUPABASE_JWT_SECRET": "hunter7",
        "CRON_SECRET": "hunter8",
    }
    assert "hunter" not in "".join(refused(monkeypatch, **wrong))


def run_server(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`python server.py` as on a fresh machine: no settings but these, an empty folder."""
    return subprocess.run(
        [sys.executable, str(ROOT / "server.py")],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_process_says_all_that_is_amiss_and_ends(tmp_path: Path) -> None:
    done = run_server(
        tmp_path, STRIPE_SECRET_KEY="sk_live_hunter", ALLOWED_ORIGINS="*", SANDBOX="1"
    )
    problems = [
        bad_origin("*"),
        "SANDBOX=1 beside STRIPE_SECRET_KEY: unset one, they exclude each other",
        NO_WEBHOOK_SECRET,
        NO_SUPABASE,
        NO_SMTP,
        NO_SENDER,
        NO_OPERATOR,
        NOT_PUBLIC,
    ]
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "SessionPay can't start. Please mend these settings:",
        *(f"  - {problem}" for problem in problems),
    ]
    assert list(tmp_path.iterdir()) == []
