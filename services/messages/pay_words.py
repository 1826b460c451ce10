"""What a translator translates of the pages to which the bot's links lead."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.messages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class PayWords:
    """Pairs are a heading and its text; `{plan}` is a plan's name."""

    footer: str
    back: str

    bad_link: str
    incomplete: str
    foreign: str
    expired: str
    ask_pay: str
    ask_status: str

    nothing_sold: tuple[str, str]
    try_again: tuple[str, str]
    has_it: tuple[str, str]
    get_invite: str
    to_manage: str
    stopped: tuple[str, str]

    nothing_to_manage: tuple[str, str]
    in_account: tuple[str, str]
    account: str
    managed: tuple[str, str]

    thanks: str
    arrived: str
    arrived_and_invited: str
    begun: str
    begun_and_invited: str
    unheard: str
    processing: tuple[str, str]
    missing: tuple[str, str]
    cancelled: tuple[str, str]
    unknown_payment: str


_ENGLISH = PayWords(
    footer="Payments are handled by Stripe. Your card details never reach this site.",
    back="You can close this page and go back to Telegram.",
    bad_link="This link does not work",
    incomplete="This link is incomplete.",
    foreign="This link is not one of ours.",
    expired="This link has expired.",
    ask_pay="Please send /pay to the bot for a new one.",
    ask_status="Please send /status to the bot for a new one.",
    nothing_sold=("Nothing on sale", "There is nothing on sale here just now."),
    try_again=("Please try again", "Payments can't be reached just now. Please try again later."),
    has_it=("You have it already", "You have {plan} already."),
    get_invite="Send /invite to the bot for your link.",
    to_manage="To change your card or to cancel, send /status to the bot.",
    stopped=(
        "It has stopped",
        "You have {plan}, but it gives you nothing now: its payment is owed, was returned or is "
        "disputed, or it is paused.",
    ),
    nothing_to_manage=(
        "Nothing to manage",
        "There is nothing to manage yet: you have not bought anything.",
    ),
    in_account=("Please use your account", "What you have is looked after in your account."),
    account="Open my account",
    managed=("Done", "What you changed holds from now on."),
    thanks="Thank you",
    arrived="Your payment arrived.",
    arrived_and_invited="Your payment arrived, and your invitation is on its way.",
    begun="Your plan has begun.",
    begun_and_invited="Your plan has begun, and your invitation is on its way.",
    unheard="Your payment will be noticed within minutes.",
    processing=(
        "Your payment is being processed",
        "That can take days. The bot writes to you when it has arrived; please don't pay again.",
    ),
    missing=("Not paid", "The payment has not been completed."),
    cancelled=(
        "Not paid",
        "The payment was not completed, and nothing was charged. "
        "To try again, send /pay to the bot.",
    ),
    unknown_payment="We could not find this payment",
)

_UKRAINIAN = PayWords(
    footer="Оплату приймає Stripe. Дані Вашої картки ніколи не потрапляють на цей сайт.",
    back="Можна закрити цю сторінку й повернутися до Telegram.",
    bad_link="Це посилання не діє",
    incomplete="Це посилання неповне.",
    foreign="Це посилання не наше.",
    expired="Час дії цього посилання минув.",
    ask_pay="Надішліть боту /pay, щоб отримати нове.",
    ask_status="Надішліть боту /status, щоб отримати нове.",
    nothing_sold=("Нічого не продається", "Зараз тут нічого не можна придбати."),
    try_again=(
        "Спробуйте ще раз",
        "Оплата зараз недоступна. Будь ласка, спробуйте пізніше.",
    ),
    has_it=("Ви вже маєте це", "Ви вже маєте {plan}."),
    get_invite="Надішліть боту /invite, щоб отримати посилання.",
    to_manage="Щоб змінити картку або скасувати, надішліть боту /status.",
    stopped=(
        "Зупинено",
        "Ви маєте {plan}, але зараз це нічого не дає: оплату не отримано, повернено чи оскаржено, "
        "або план призупинено.",
    ),
    nothing_to_manage=("Керувати нічим", "Керувати ще нічим: Ви нічого не придбали."),
    in_account=("Скористайтеся кабінетом", "Усім, що Ви маєте, можна керувати у Вашому кабінеті."),
    account="Відкрити мій кабінет",
    managed=("Готово", "Ваші зміни вже діють."),
    thanks="Дякуємо",
    arrived="Вашу оплату отримано.",
    arrived_and_invited="Вашу оплату отримано, і запрошення вже в дорозі.",
    begun="Ваш план почався.",
    begun_and_invited="Ваш план почався, і запрошення вже в дорозі.",
    unheard="Вашу оплату буде помічено за кілька хвилин.",
    processing=(
        "Ваша оплата обробляється",
        "Це може тривати кілька днів. Бот напише, коли вона надійде; не платіть ще раз.",
    ),
    missing=("Не оплачено", "Оплату не завершено."),
    cancelled=(
        "Не оплачено",
        "Оплату не завершено, і нічого не списано. Щоб спробувати ще раз, надішліть боту /pay.",
    ),
    unknown_payment="Ми не знайшли цієї оплати",
)

_RUSSIAN = PayWords(
    footer="Оплату принимает Stripe. Данные Вашей карты никогда не попадают на этот сайт.",
    back="Можно закрыть эту страницу и вернуться в Telegram.",
    bad_link="Эта ссылка не действует",
    incomplete="Эта ссылка неполная.",
    foreign="Эта ссылка не наша.",
    expired="Срок действия этой ссылки истёк.",
    ask_pay="Отправьте боту /pay, чтобы получить новую.",
    ask_status="Отправьте боту /status, чтобы получить новую.",
    nothing_sold=("Ничего не продаётся", "Сейчас здесь ничего нельзя купить."),
    try_again=(
        "Попробуйте ещё раз",
        "Оплата сейчас недоступна. Пожалуйста, попробуйте позже.",
    ),
    has_it=("У Вас это уже есть", "У Вас уже есть {plan}."),
    get_invite="Отправьте боту /invite, чтобы получить ссылку.",
    to_manage="Чтобы сменить карту или отменить, отправьте боту /status.",
    stopped=(
        "Остановлено",
        "У Вас есть {plan}, но сейчас это ничего не даёт: оплата не получена, возвращена или "
        "оспорена, либо план приостановлен.",
    ),
    nothing_to_manage=("Управлять нечем", "Управлять пока нечем: Вы ничего не купили."),
    in_account=(
        "Воспользуйтесь кабинетом",
        "Всем, что у Вас есть, можно управлять в Вашем кабинете.",
    ),
    account="Открыть мой кабинет",
    managed=("Готово", "Ваши изменения уже действуют."),
    thanks="Спасибо",
    arrived="Ваша оплата получена.",
    arrived_and_invited="Ваша оплата получена, и приглашение уже в пути.",
    begun="Ваш план начался.",
    begun_and_invited="Ваш план начался, и приглашение уже в пути.",
    unheard="Ваша оплата будет замечена через несколько минут.",
    processing=(
        "Ваша оплата обрабатывается",
        "Это может занять несколько дней. Бот напишет, когда она поступит; не платите ещё раз.",
    ),
    missing=("Не оплачено", "Оплата не завершена."),
    cancelled=(
        "Не оплачено",
        "Оплата не завершена, и ничего не списано. Чтобы попробовать ещё раз, отправьте боту /pay.",
    ),
    unknown_payment="Мы не нашли этой оплаты",
)

PAY_TRANSLATIONS: Mapping[Language, PayWords] = {
    Language.ENGLISH: _ENGLISH,
    Language.UKRAINIAN: _UKRAINIAN,
    Language.RUSSIAN: _RUSSIAN,
}
