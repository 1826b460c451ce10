"""Settings from the environment and `.env`; every problem is named at once, with its mend."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.domain.models import CalendarKind, VideoKind
from services.settings_check import origin_of, problems


class SettingsError(Exception):
    """The service can't start; `problems` holds one line each, saying what to do."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"  - {problem}" for problem in problems))


class Settings(BaseSettings):
    """Every setting; names are upper-cased in the environment. Secrets never print."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    # Where it runs
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    public_url: str = Field(
        default_factory=lambda known: f"http://127.0.0.1:{known.get('port', 8000)}"
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    run_worker: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    sandbox: bool = False
    data_dir: str = ".data"

    # Database and sign-in
    database_url: SecretStr | None = None
    supabase_url: str | None = None
    supabase_secret_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices(
            "supabase_secret_key", "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"
        ),
    )
    supabase_publishable_key: str | None = Field(
        None,
        validation_alias=AliasChoices(
            "supabase_publishable_key", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"
        ),
    )
    supabase_jwt_secret: SecretStr | None = None

    # Money
    stripe_secret_key: SecretStr | None = None
    stripe_publishable_key: str | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_api_base: str | None = None
    stripe_portal_configuration: str | None = None
    cron_secret: SecretStr | None = None

    # Calendars
    default_calendar: CalendarKind = CalendarKind.BUILTIN
    calcom_api_key: SecretStr | None = None
    calcom_api_base: str = "https://api.cal.com"
    calcom_bookings_version: str = "2026-02-25"
    google_service_account_json: SecretStr | None = None
    google_client_id: str | None = None
    google_client_secret: SecretStr | None = None
    google_refresh_token: SecretStr | None = None
    google_api_base: str = "https://www.googleapis.com"
    google_oauth_base: str = "https://oauth2.googleapis.com"
    calendly_api_token: SecretStr | None = None
    calendly_webhook_signing_key: SecretStr | None = None
    calendly_api_base: str = "https://api.calendly.com"
    calendly_page_base: str = "https://calendly.com"
    busy_cache_seconds: float = Field(5.0, ge=0, le=300)

    # Video
    default_video: VideoKind = VideoKind.ADDRESS
    meeting_base_url: str = "https://meet.jit.si"
    zoom_account_id: str | None = None
    zoom_client_id: str | None = None
    zoom_client_secret: SecretStr | None = None
    zoom_api_base: str = "https://api.zoom.us"
    zoom_oauth_base: str = "https://zoom.us"
    daily_api_key: SecretStr | None = None
    daily_api_base: str = "https://api.daily.co"

    # Messages
    sendgrid_api_key: SecretStr | None = None
    sendgrid_api_base: str = "https://api.sendgrid.com"
    sendgrid_template_id: str | None = None
    sendgrid_webhook_key: str | None = None
    smtp_url: SecretStr | None = None
    telegram_bot_token: SecretStr | None = None
    telegram_webhook_secret: SecretStr | None = None
    paid_channel_link: str | None = None
    telegram_api_base: str = "https://api.telegram.org"
    telegram_link_base: str = "https://t.me"
    email_from: str = "SessionPay <no-reply@example.com>"
    operator_email: str = "operator@example.com"

    # Rules
    hold_minutes: int = Field(32, ge=31, le=1438)
    max_holds: int = Field(3, ge=1, le=50)
    meeting_link_hours: int = Field(12, ge=1, le=168)
    confirm_wait_seconds: float = Field(5.0, ge=0, le=25)
    grace_days: int = Field(3, ge=0, le=60)
    credit_return_hours: int = Field(24, ge=0, le=720)
    payout_rest_hours: int = Field(72, ge=0, le=2160)
    platform_fee_percent: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=5, decimal_places=2)

    # GraphQL
    graphql_ide: bool | None = None
    graphql_introspection: bool | None = None

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @property
    def in_sandbox(self) -> bool:
        """Whether the stand-ins serve: nothing of them is reachable beside a Stripe key."""
        return self.stripe_secret_key is None

    @property
    def stripe_livemode(self) -> bool:
        """Whether the key moves real money; events of the other mode are not acted upon."""
        key = self.stripe_secret_key.get_secret_value() if self.stripe_secret_key else ""
        return "_live_" in key

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    @property
    def meeting_link_life(self) -> timedelta:
        """How long after its end a session's link is still given out."""
        return timedelta(hours=self.meeting_link_hours)

    @property
    def grace(self) -> timedelta:
        """How long what a subscription gives goes on after a payment failed."""
        return timedelta(days=self.grace_days)

    @property
    def credit_return(self) -> timedelta:
        """How long before a session its credits still come back when it is called off."""
        return timedelta(hours=self.credit_return_hours)

    @property
    def payout_rest(self) -> timedelta:
        """How long a payment rests before its host is paid."""
        return timedelta(hours=self.payout_rest_hours)

    @property
    def token_issuer(self) -> str:
        return f"{(self.supabase_url or '').rstrip('/')}/auth/v1"

    @property
    def return_origins(self) -> frozenset[str]:
        """Origins to which a checkout may lead back, and which may call us from a browser."""
        return frozenset({origin_of(self.public_url), *self.allowed_origins})

    @classmethod
    def load(cls, **values: Any) -> Self:
        """Read the environment. Raises SettingsError naming every problem at once."""
        found = []
        try:
            settings = cls(**values)
        except ValidationError as error:
            # A default made from a wrong value is not called; that value is the only problem.
            wrong = [
                item for item in error.errors() if item["type"] != "default_factory_not_called"
            ]
            found = [_readable(item) for item in wrong]
            names = [str(item["loc"][0]) for item in wrong]
            settings = cls(**values | {name: cls.model_fields[name].default for name in names})
        if found := found + problems(settings):
            raise SettingsError(found)
        return settings


def _readable(item: Any) -> str:
    name = ".".join(str(part) for part in item["loc"]).upper()
    return f"{name}: {item['msg'][0].lower()}{item['msg'][1:]}"
