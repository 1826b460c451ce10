"""How an outside service fails: trouble, which is tried again or shown, and a business refusal."""

from datetime import timedelta


class ProviderError(Exception):
    """A vendor could not be reached, answered with trouble, or turned our request down.

    `message` holds no secret and no personal data, so it may be logged and stored. `body` is what
    the vendor answered (parsed JSON, or None): for the adapter that knows the vendor's codes, never
    for a log. `status` is the HTTP or SMTP status, None when no answer came. `retry_after` is how
    long the vendor asks us to wait. With `outcome_unknown` the vendor may have done what we asked:
    whoever repeats it looks for its effect first.
    """

    def __init__(
        self,
        vendor: str,
        message: str,
        *,
        retryable: bool,
        status: int | None = None,
        retry_after: timedelta | None = None,
        body: object = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(vendor, message)
        self.vendor = vendor
        self.message = message
        self.retryable = retryable
        self.status = status
        self.retry_after = retry_after
        self.body = body
        self.outcome_unknown = outcome_unknown

    def told(
        self,
        message: str | None = None,
        *,
        retryable: bool | None = None,
        status: int | None = None,
        retry_after: timedelta | None = None,
        outcome_unknown: bool | None = None,
    ) -> "ProviderError":
        """The same trouble in other words; what is not given stays as it is."""
        return ProviderError(
            self.vendor,
            self.message if message is None else message,
            retryable=self.retryable if retryable is None else retryable,
            status=self.status if status is None else status,
            retry_after=self.retry_after if retry_after is None else retry_after,
            body=self.body,
            outcome_unknown=self.outcome_unknown if outcome_unknown is None else outcome_unknown,
        )

    def __str__(self) -> str:
        return f"{self.vendor}: {self.message}"


def malformed(vendor: str, what: str, *, status: int = 200) -> ProviderError:
    """For a success whose answer can't be read: it may well have been carried out."""
    return ProviderError(
        vendor,
        f"answered {status} with malformed {what}",
        retryable=True,
        status=status,
        outcome_unknown=True,
    )


class SlotRefused(Exception):
    """A calendar will not take this booking, now or later; the money goes back."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
