"""What the Telegram bot answers about accounts, sessions and plans, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

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


def linked(language: Language, public_url: str, email: str | None, *, stays: bool) -> Reply:
    """Whose account it is, so that nobody is led into somebody else's; `stays` is whether the chat
    keeps what was bought there."""
    words = BOT_TRANSLATIONS[language]
    title, body = words.linked
    named = body.format(account=_masked(email, words))
    text = paragraphs(named, words.linked_news, words.stays if stays else None)
    return Reply(title, text, _account(language, public_url))


def moved(language: Language, public_url: str, email: str | None, plans: Sequence[str]) -> Reply:
    """The names of what was bought in the chat and is the account's; none for nothing."""
    words = BOT_TRANSLATIONS[language]
    if not plans:
        return _about_account(words.nothing_to_move, language, public_url)
    title, body = words.moved
    listed = lines(body.format(account=_masked(email, words)), *map(one_line, plans))
    return Reply(title, listed, _account(language, public_url))


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
    stays: bool = False,
) -> Reply:
    """The sessions ahead, the next one first, those that wait for a time, and the plans; who has
    no account looks after these at `manage_url`. `stays` as in `linked`."""
    words = BOT_TRANSLATIONS[language]
    parts = [_ahead(session, language) for session in upcoming]
    if to_place:
        parts.append(words.without_time)
        parts += [_waiting(session, words, public_url) for session in to_place]
    parts += [_listed(plan, words) for plan in plans]
    if stays:
        parts.append(words.stays)
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


def stopped(
    language: Language,
    public_url: str,
    plan: Held,
    *,
    invoice_url: str | None,
    manage_url: str | None,
) -> Reply:
    """To whoever has a plan that gives them nothing: to what is owed, else to `manage_url`, else to
    their account."""
    words = BOT_TRANSLATIONS[language]
    if invoice_url is not None:
        hint, button = words.mend_by_invoice, Button(words.invoice_button, invoice_url)
    elif manage_url is not None:
        hint, button = words.mend_in_portal, Button(words.manage, manage_url)
    else:
        hint, button = words.mend_in_account, _account(language, public_url)
    return Reply(words.gives_nothing, paragraphs(_listed(plan, words), hint), button)


def has_plan(language: Language, plan_name: str) -> Reply:
    """To whoever has paid for what opens no channel."""
    words = BOT_TRANSLATIONS[language]
    return Reply(words.paid_already[0], words.has_plan.format(plan=one_line(plan_name)))


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


def invite(language: Language, channel_name: str, link: str, *, alone: bool = True) -> Reply:
    """The way into the channel; `alone` is False for the link that everybody gets."""
    words = BOT_TRANSLATIONS[language]
    title, body = words.invite
    return Reply(
        title.format(channel=one_line(channel_name)),
        paragraphs(body.format(url=link), words.invite_alone if alone else None),
        _channel(words, link),
    )


def invite_follows(language: Language, channel_name: str) -> Reply:
    """The link is being made, and comes as a message."""
    return _about_channel(BOT_TRANSLATIONS[language].invite_follows, channel_name)


def joined_already(language: Language, channel_name: str) -> Reply:
    return _about_channel(BOT_TRANSLATIONS[language].joined_already, channel_name)


def of_channels(language: Language, replies: Sequence[Reply]) -> Reply:
    """The answers about each of several channels as one, with the first button."""
    if len(replies) == 1:
        return replies[0]
    said = paragraphs(*(lines(reply.title, reply.body) for reply in replies))
    button = next((reply.button for reply in replies if reply.button), None)
    return Reply(BOT_TRANSLATIONS[language].channels, said, button)


def not_paid(language: Language, channel_name: str) -> Reply:
    """To whoever asks for a link that nothing was paid for."""
    return _about_channel(BOT_TRANSLATIONS[language].not_paid, channel_name)


def _masked(email: str | None, words: BotWords) -> str:
    """Enough to know one's own address by, and no more."""
    name, at, domain = (email or "").rpartition("@")
    return f"{name[:1]}…@{domain}" if at else words.no_address


def _listed(plan: Held, words: BotWords) -> str:
    return words.plan.format(name=one_line(plan.name), standing=plan.standing)


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
