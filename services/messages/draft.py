"""The facts of a booking in one language, as pieces that several messages share."""

from dataclasses import dataclass

from services.domain.money import Money
from services.messages.facts import Facts, Text
from services.messages.languages import Language
from services.messages.layout import lines, one_line, paragraphs
from services.messages.moments import when
from services.messages.reasons import explain, says_only_who
from services.messages.words import Words


@dataclass(frozen=True, slots=True)
class Draft:
    facts: Facts
    language: Language
    words: Words

    @property
    def session(self) -> str:
        return one_line(self.facts.session_type.name)

    @property
    def what(self) -> str:
        return self.words.what.format(session=self.session, host=one_line(self.facts.host.name))

    @property
    def price(self) -> str:
        return self.facts.booking.price.display

    def time_in(self, zone: str) -> str | None:
        """None while no time is chosen."""
        starts_at = self.facts.booking.starts_at
        return None if starts_at is None else when(starts_at, zone, self.language)

    @property
    def session_and_time(self) -> str:
        """As the client sees it."""
        return lines(self.what, self.time_in(self.facts.client_zone))

    @property
    def joining(self) -> str:
        if self.facts.meeting is not None:
            return self.words.join.format(url=self.facts.meeting.url)
        return self.words.link_withheld if self.facts.disputed else self.words.link_follows

    @property
    def why(self) -> str | None:
        """None also where the reason says no more than who called the session off."""
        reason = self.facts.booking.status_reason
        return explain(reason, self.words) if reason and not says_only_who(reason) else None

    @property
    def credits_back(self) -> str:
        one = self.facts.booking.credits == 1
        return self.words.credit_back if one else self.words.credits_back

    def of_money(self, sentence: str) -> str:
        """A sentence about what was paid, what of it goes back and what is kept."""
        paid, returned = self.facts.paid, self.facts.returned
        kept = Money(paid.amount_minor - returned.amount_minor, paid.currency)
        return sentence.format(paid=paid, returned=returned, kept=kept)

    def to_client(self, title: str, *body: str | None) -> Text:
        return Text(title.format(what=self.what), paragraphs(*body))

    def to_host(self, title: str, opening: str, *rest: str | None) -> Text:
        time = self.time_in(self.facts.host.time_zone)
        which = self.words.which.format(session=self.session, time=time) if time else self.session
        client = self.facts.client and (self.facts.client.name or self.facts.client.email)
        booked_by = self.words.booked_by.format(client=one_line(client)) if client else None
        return Text(
            title.format(which=which),
            paragraphs(opening, lines(self.session, time, booked_by), *rest),
        )
