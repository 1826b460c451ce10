"""What the Telegram bot answers about accounts, sessions and plans, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.units import format_unit

from services.messages.bot_translations import BOT_TRANSLATIONS
from services.messages.bot_words import BotWords
from services.messages.languages import Language
from services.messages.layout import lines, one_line, paragraphs
from services.messages.moments import when
from services.messages.standing import Held
from services.providers.message_ports import Button
from services.store.telegram import Session


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the bot: a heading, plain text, and where its button leads if it has one."""

    title: str
    body: str
    button: Button | None = None


def linked(language: Language, public_url: str) -> Reply:
    return _about_account(BOT_TRANSLATIONS[language].linked, language, public_url)


def link_refused(language: Language, public_url: str) -> Reply:
    return _about_account(BOT_TRANSLATIONS[language].link_refused, language, public_url)


def not_linked(language: Language, public_url: str) -> Reply:
    return _about_account(BOT_TRANSLATIONS[language].not_linked, language, public_url)


def unlinked(language: Language, public_url: str) -> Reply:
    return _about_account(BOT_TRANSLATIONS[language].unlinked, language, public_url)


def overview(language: Language, public_url: str, *, has_account: bool = True) -> Reply:
    """What the bot can do; without an account there is none to open."""
    listed = [f"/{name} – {does}" for name, does in commands(language).items()]
    button = _account(language, public_url) if has_account else None
    return Reply(BOT_TRANSLATIONS[language].help, lines(*listed), button)


def commands(language: Language) -> Mapping[str, str]:
    """The bot's menu: each command without its slash, and what it does."""
    return BOT_TRANSLATIONS[language].commands


def status(
    language: Language,
    public_url: str,
    upcoming: Sequence[Session],
    to_place: Sequence[Session],
    plans: Sequence[Held] = (),
    *,
    manage_url: str | None = None,
    has_account: bool = True,
) -> Reply:
    """The sessions ahead, the next one first, those that wait for a time, and the plans; who has
    no account looks after these at `manage_url`."""
    words = BOT_TRANSLATIONS[language]
    parts = [_ahead(session, language) for session in upcoming]
    if to_place:
        parts.append(words.without_time)
        parts += [_waiting(session, words, public_url) for session in to_place]
    parts += [words.plan.format(name=one_line(held.name), standing=held.standing) for held in plans]
    if not upcoming and not plans:
        parts.insert(0, words.nothing_ahead)
    button = _account(language, public_url) if has_account else None
    if manage_url is not None:
        button = Button(words.manage, manage_url)
    if upcoming and upcoming[0].meeting_url:
        button = Button(words.join_next, upcoming[0].meeting_url)
    title = words.sessions_and_plans if plans else words.status
    return Reply(title, paragraphs(*parts), button)


def pay(
    language: Language, *, plan_name: str, price_and_interval: str, url: str, works_for: timedelta
) -> Reply:
    """The way to pay for the plan, by a link that is worth something for `works_for`."""
    words = BOT_TRANSLATIONS[language]
    return Reply(
        one_line(plan_name),
        paragraphs(
            price_and_interval, words.pay, words.pay_life.format(span=_span(works_for, language))
        ),
        Button(words.pay_button, url),
    )


def pay_unavailable(language: Language) -> Reply:
    return Reply(*BOT_TRANSLATIONS[language].pay_unavailable)


def paid_already(language: Language, channel_name: str, link: str | None) -> Reply:
    """To whoever has paid; `link` is None where /invite has to make one."""
    words = BOT_TRANSLATIONS[language]
    title, body = words.paid_already
    hint = words.get_invite if link is None else None
    return Reply(
        title,
        paragraphs(body.format(channel=one_line(channel_name)), hint),
        _channel(words, link),
    )


def invite(
    language: Language,
    channel_name: str,
    link: str,
    expires: datetime | None,
    time_zone: str = "UTC",
    *,
    alone: bool = True,
) -> Reply:
    """The way into the channel; `expires` is None for a link that stays, and `alone` is False for
    the one that everybody gets."""
    words = BOT_TRANSLATIONS[language]
    title, body = words.invite
    until = when(expires, time_zone, language) if expires else None
    return Reply(
        title.format(channel=one_line(channel_name)),
        paragraphs(
            body.format(url=link),
            words.invite_alone if alone else None,
            until and words.invite_until.format(until=until),
        ),
        _channel(words, link),
    )


def invite_follows(language: Language, channel_name: str) -> Reply:
    """The link is being made, and comes as a message."""
    return _about_channel(BOT_TRANSLATIONS[language].invite_follows, channel_name)


def joined_already(language: Language, channel_name: str) -> Reply:
    return _about_channel(BOT_TRANSLATIONS[language].joined_already, channel_name)


def not_paid(language: Language, channel_name: str) -> Reply:
    """To whoever asks for a link that nothing was paid for."""
    return _about_channel(BOT_TRANSLATIONS[language].not_paid, channel_name)


def _ahead(session: Session, language: Language) -> str:
    assert session.starts_at is not None
    words = BOT_TRANSLATIONS[language]
    link = words.join.format(url=session.meeting_url) if session.meeting_url else words.link_follows
    time = when(session.starts_at, session.time_zone or "UTC", language)
    return lines(_what(session, words), time, link)


def _waiting(session: Session, words: BotWords, public_url: str) -> str:
    page = f"{public_url}/booking?booking={session.booking_id}"
    return lines(_what(session, words), words.choose.format(url=page))


def _what(session: Session, words: BotWords) -> str:
    return words.session.format(name=session.name, host=session.host_name)


def _about_account(said: tuple[str, str], language: Language, public_url: str) -> Reply:
    title, body = said
    return Reply(title, body, _account(language, public_url))


def _span(length: timedelta, language: Language) -> str:
    """Such as `2 days` or `90 minutes`: never rounded to more than it is."""
    minutes = length // timedelta(minutes=1)
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes % size == 0:
            return format_unit(minutes // size, f"duration-{unit}", locale=language)
    return format_unit(minutes, "duration-minute", locale=language)


def _about_channel(said: tuple[str, str], channel_name: str) -> Reply:
    title, body = said
    return Reply(title, body.format(channel=one_line(channel_name)))


def _channel(words: BotWords, link: str | None) -> Button | None:
    return Button(words.channel_button, link) if link else None


def _account(language: Language, public_url: str) -> Button:
    return Button(BOT_TRANSLATIONS[language].account, f"{public_url}/account")
