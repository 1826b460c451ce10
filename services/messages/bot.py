"""What the Telegram bot answers, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.messages.languages import Language
from services.messages.moments import when
from services.providers.message_ports import Button
from services.store.telegram import Session


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the bot: a heading, plain text, and where its button leads."""

    title: str
    body: str
    button: Button


@dataclass(frozen=True, slots=True)
class _Words:
    """Everything the bot says in one language; pairs are a heading and its text."""

    linked: tuple[str, str]
    link_refused: tuple[str, str]
    not_linked: tuple[str, str]
    unlinked: tuple[str, str]
    help: str
    status: str
    nothing_ahead: str
    session: str
    join: str
    link_follows: str
    without_time: str
    choose: str
    join_next: str
    account: str
    commands: Mapping[str, str]


_ENGLISH = _Words(
    linked=(
        "Telegram is linked",
        "Confirmations and reminders of your sessions now come here too. "
        "Send /status to see your sessions.",
    ),
    link_refused=(
        "This link does not work any more",
        "It was used before or it is too old. You get a new one in your account.",
    ),
    not_linked=(
        "This chat is not linked yet",
        "Sign in and link Telegram in your account. "
        "Then your confirmations, reminders and meeting links come here.",
    ),
    unlinked=(
        "Telegram is unlinked",
        "Nothing more will be sent here. You can link this chat again in your account.",
    ),
    help="What this bot can do",
    status="Your sessions",
    nothing_ahead="You have no sessions ahead.",
    session="{name} with {host}",
    join="Join: {url}",
    link_follows="The meeting link follows.",
    without_time="Paid, but without a time yet:",
    choose="Choose a time: {url}",
    join_next="Join the next session",
    account="Open my account",
    commands={
        "status": "Your sessions and their links",
        "start": "Link this chat to your account",
        "stop": "Unlink this chat",
        "help": "What this bot can do",
    },
)

_UKRAINIAN = _Words(
    linked=(
        "Telegram під’єднано",
        "Підтвердження й нагадування про Ваші сесії тепер надходитимуть і сюди. "
        "Надішліть /status, щоб побачити свої сесії.",
    ),
    link_refused=(
        "Це посилання вже не діє",
        "Його вже використали, або воно застаріло. Нове можна отримати у Вашому кабінеті.",
    ),
    not_linked=(
        "Цей чат ще не під’єднано",
        "Увійдіть у свій кабінет і під’єднайте Telegram. "
        "Тоді підтвердження, нагадування й посилання на зустрічі надходитимуть сюди.",
    ),
    unlinked=(
        "Telegram від’єднано",
        "Сюди більше нічого не надходитиме. Під’єднати чат знову можна у Вашому кабінеті.",
    ),
    help="Що вміє цей бот",
    status="Ваші сесії",
    nothing_ahead="У Вас немає запланованих сесій.",
    session="{name} · {host}",
    join="Приєднатися: {url}",
    link_follows="Посилання на зустріч надійде згодом.",
    without_time="Оплачено, але час ще не обрано:",
    choose="Обрати час: {url}",
    join_next="Приєднатися до найближчої сесії",
    account="Відкрити мій кабінет",
    commands={
        "status": "Ваші сесії та посилання на них",
        "start": "Під’єднати цей чат до Вашого кабінету",
        "stop": "Від’єднати цей чат",
        "help": "Що вміє цей бот",
    },
)

_RUSSIAN = _Words(
    linked=(
        "Telegram подключён",
        "Подтверждения и напоминания о Ваших сессиях теперь будут приходить и сюда. "
        "Отправьте /status, чтобы увидеть свои сессии.",
    ),
    link_refused=(
        "Эта ссылка больше не действует",
        "Её уже использовали, или она устарела. Новую можно получить в Вашем кабинете.",
    ),
    not_linked=(
        "Этот чат ещё не подключён",
        "Войдите в свой кабинет и подключите Telegram. "
        "Тогда подтверждения, напоминания и ссылки на встречи будут приходить сюда.",
    ),
    unlinked=(
        "Telegram отключён",
        "Сюда больше ничего не придёт. Подключить чат снова можно в Вашем кабинете.",
    ),
    help="Что умеет этот бот",
    status="Ваши сессии",
    nothing_ahead="У Вас нет запланированных сессий.",
    session="{name} · {host}",
    join="Присоединиться: {url}",
    link_follows="Ссылка на встречу придёт позже.",
    without_time="Оплачено, но время ещё не выбрано:",
    choose="Выбрать время: {url}",
    join_next="Присоединиться к ближайшей сессии",
    account="Открыть мой кабинет",
    commands={
        "status": "Ваши сессии и ссылки на них",
        "start": "Подключить этот чат к Вашему кабинету",
        "stop": "Отключить этот чат",
        "help": "Что умеет этот бот",
    },
)

_WORDS: Mapping[Language, _Words] = {
    Language.ENGLISH: _ENGLISH,
    Language.UKRAINIAN: _UKRAINIAN,
    Language.RUSSIAN: _RUSSIAN,
}


def linked(language: Language, public_url: str) -> Reply:
    return _about_account(_WORDS[language].linked, language, public_url)


def link_refused(language: Language, public_url: str) -> Reply:
    return _about_account(_WORDS[language].link_refused, language, public_url)


def not_linked(language: Language, public_url: str) -> Reply:
    return _about_account(_WORDS[language].not_linked, language, public_url)


def unlinked(language: Language, public_url: str) -> Reply:
    return _about_account(_WORDS[language].unlinked, language, public_url)


def overview(language: Language, public_url: str) -> Reply:
    lines = [f"/{name} – {does}" for name, does in commands(language).items()]
    return _about_account((_WORDS[language].help, "\n".join(lines)), language, public_url)


def commands(language: Language) -> Mapping[str, str]:
    """The bot's menu: each command without its slash, and what it does."""
    return _WORDS[language].commands


def status(
    language: Language, public_url: str, upcoming: Sequence[Session], to_place: Sequence[Session]
) -> Reply:
    """The sessions ahead, the next one first, and those that wait for a time."""
    words = _WORDS[language]
    parts = [_ahead(session, language) for session in upcoming] or [words.nothing_ahead]
    if to_place:
        parts.append(words.without_time)
        parts += [
            f"{_what(session, words)}\n{words.choose.format(url=_page(session, public_url))}"
            for session in to_place
        ]
    button = _account(language, public_url)
    if upcoming and upcoming[0].meeting_url:
        button = Button(words.join_next, upcoming[0].meeting_url)
    return Reply(words.status, "\n\n".join(parts), button)


def _ahead(session: Session, language: Language) -> str:
    assert session.starts_at is not None
    words = _WORDS[language]
    link = words.join.format(url=session.meeting_url) if session.meeting_url else words.link_follows
    time = when(session.starts_at, session.time_zone or "UTC", language)
    return f"{_what(session, words)}\n{time}\n{link}"


def _what(session: Session, words: _Words) -> str:
    return words.session.format(name=session.name, host=session.host_name)


def _page(session: Session, public_url: str) -> str:
    return f"{public_url}/booking?booking={session.booking_id}"


def _about_account(said: tuple[str, str], language: Language, public_url: str) -> Reply:
    title, body = said
    return Reply(title, body, _account(language, public_url))


def _account(language: Language, public_url: str) -> Button:
    return Button(_WORDS[language].account, f"{public_url}/account")
