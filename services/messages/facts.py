"""What a message may speak of, and what becomes of it."""

from dataclasses import dataclass

from services.domain.models import Booking, Host, Meeting, SessionType, User
from services.domain.money import Money
from services.domain.payouts import Payout


@dataclass(frozen=True, slots=True)
class Facts:
    """A booking and what belongs to it.

    `meeting` is None while the room is not open yet or its link is withheld, `receipt_url` while
    there is no receipt. `public_url` is where the pages are, without a slash at its end. Of `paid`,
    the amount of the payment that stands (the price as long as there is none), `returned` went back
    or is on its way; another payment made by mistake counts in neither. `payout` is what the host
    is to have of it, None while that is not begun. `disputed` is while a bank decides about money
    of this session. `credit_returned` tells whether the session credits of a booking that was
    called off are the client's again.
    """

    booking: Booking
    session_type: SessionType
    host: Host
    client: User | None
    meeting: Meeting | None
    receipt_url: str | None
    public_url: str
    paid: Money
    returned: Money
    payout: Payout | None
    disputed: bool
    credit_returned: bool

    @property
    def choose_time_url(self) -> str:
        """The page where the client gives a paid session its time."""
        return f"{self.public_url}/booking?booking={self.booking.id}"

    @property
    def book_again_url(self) -> str:
        """The page where everything starts."""
        return f"{self.public_url}/"

    @property
    def payouts_url(self) -> str:
        """Where a host finds their payouts, and mends what hinders them."""
        return f"{self.public_url}/account#payouts"

    @property
    def client_zone(self) -> str:
        """The zone that was chosen with the time counts before the one the client lives in."""
        return self.booking.time_zone or (self.client and self.client.time_zone) or "UTC"


@dataclass(frozen=True, slots=True)
class Text:
    """A heading of one line and a body of plain text, its paragraphs parted by empty lines."""

    title: str
    body: str
