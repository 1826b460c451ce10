"""The messages about disputes, payouts and what became of a session, as hosts and clients read them
in Ukrainian and Russian."""

import pytest

from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payouts import PayoutReason
from services.messages.compose import compose
from services.messages.facts import Facts
from services.messages.languages import Language
from tests.services.messages_rig import FACTS, LINK, PAGES, PAID_OUT, of_payout

UK, RU = Language.UKRAINIAN, Language.RUSSIAN
Kind = NotificationKind

HOST_UK = (
    "Mentoring session\nвт, 24 листопада 2026 р., 10:30 (час: Київ, GMT+2)\nХто бронює: Demo Client"
)
HOST_RU = (
    "Mentoring session\nвт, 24 ноября 2026 г., 10:30 (время: Киев, GMT+2)\n"
    "Кто бронирует: Demo Client"
)
CLIENT_UK = "Mentoring session · Olena Koval\nвт, 24 листопада 2026 р., 09:30 (час: Берлін, GMT+1)"
CLIENT_RU = "Mentoring session · Olena Koval\nвт, 24 ноября 2026 г., 09:30 (время: Берлин, GMT+1)"
TAKEN_BACK = of_payout(
    PAID_OUT,
    amount=Money(9000, "KWD"),
    returned_minor=4500,
    fee_minor=450,
    net_minor=4050,
    transfer=Money(8100, "JPY"),
    reversed_minor=4050,
)
BLOCKED = of_payout(
    reason=PayoutReason.NO_ACCOUNT, amount=Money(9000, "JPY"), fee_minor=900, net_minor=8100
)


@pytest.mark.parametrize(
    ("kind", "facts", "body"),
    [
        (
            Kind.BOOKING_KEPT_TIME,
            FACTS,
            "Новий час не вдалося внести до календаря, тож Ваша сесія відбудеться в попередній "
            f"час.\n\n{CLIENT_UK}\n\nПриєднатися до зустрічі: {LINK}",
        ),
        (
            Kind.CLIENT_ABSENT,
            FACTS,
            "Нам повідомили, що Ви не прийшли, тож сесія вважається проведеною."
            f"\n\n{CLIENT_UK}\n\n"
            "Ви сплатили 90.00 USD. За умовами, на які Ви погодилися, ці кошти не повертаються.",
        ),
        (
            Kind.HOST_CANCELLED,
            FACTS,
            f"Ця сесія не відбудеться.\n\n{HOST_UK}\n\nВиплати за неї не буде.",
        ),
        (
            Kind.HOST_DISPUTED,
            FACTS,
            "Банк клієнта вимагає повернути кошти за цю сесію. Відповідь банкові надаємо ми; від "
            f"Вас нічого не потрібно, якщо ми не звернемося до Вас окремо.\n\n{HOST_UK}\n\n"
            "Виплата чекає на рішення банку. Якщо сесія ще попереду, до рішення банку клієнт не "
            "отримає посилання на зустріч.",
        ),
        (
            Kind.HOST_DISPUTE_WON,
            FACTS,
            "Спір щодо цієї сесії завершено, кошти залишаються в нас."
            f"\n\n{HOST_UK}\n\nВиплата відбудеться, як і було заплановано.",
        ),
        (
            Kind.HOST_DISPUTE_LOST,
            FACTS,
            "Банк вирішив на користь клієнта, і кошти за цю сесію повернуто."
            f"\n\n{HOST_UK}\n\nВиплати за неї не буде.",
        ),
        (
            Kind.HOST_PAID_OUT,
            of_payout(PAID_OUT),
            f"Вашу частку за цю сесію переказано на Ваш рахунок у Stripe.\n\n{HOST_UK}\n\n"
            "Сплатив клієнт: 90.00 USD\nКомісія платформи: 9.00 USD\nВаша частка: 81.00 USD",
        ),
        (
            Kind.HOST_PAYOUT_BLOCKED,
            BLOCKED,
            "За цю сесію Вам належить 8,100 JPY, але виплатити цю суму поки що неможливо. "
            f"У Вас ще немає рахунку, на який її можна переказати.\n\n{HOST_UK}\n\n"
            f"Щоб отримати виплату, перейдіть сюди: {PAGES}/account#payouts",
        ),
        (
            Kind.HOST_PAYOUT_REVERSED,
            TAKEN_BACK,
            "Кошти за цю сесію повернулися клієнтові, тому зайве списано назад із Вашого рахунку "
            f"в Stripe.\n\n{HOST_UK}\n\n"
            "Сплатив клієнт: 9.000 KWD\nПовернуто клієнтові: 4.500 KWD\n"
            "Комісія платформи: 0.450 KWD\nВаша частка: 4.050 KWD\n"
            "Переказано: 8,100 JPY\nУсього списано назад: 4,050 JPY",
        ),
    ],
)
def test_a_message_in_ukrainian_says_exactly_this(kind: Kind, facts: Facts, body: str) -> None:
    assert compose(kind, facts, UK).body == body


@pytest.mark.parametrize(
    ("kind", "facts", "body"),
    [
        (
            Kind.BOOKING_KEPT_TIME,
            FACTS,
            "Новое время не удалось внести в календарь, поэтому Ваша сессия состоится в прежнее "
            f"время.\n\n{CLIENT_RU}\n\nПрисоединиться к встрече: {LINK}",
        ),
        (
            Kind.CLIENT_ABSENT,
            FACTS,
            "Нам сообщили, что Вы не пришли, поэтому сессия считается проведённой."
            f"\n\n{CLIENT_RU}\n\n"
            "Вы заплатили 90.00 USD. По условиям, с которыми Вы согласились, эти деньги не "
            "возвращаются.",
        ),
        (
            Kind.HOST_CANCELLED,
            FACTS,
            f"Эта сессия не состоится.\n\n{HOST_RU}\n\nВыплаты за неё не будет.",
        ),
        (
            Kind.HOST_DISPUTED,
            FACTS,
            "Банк клиента требует вернуть деньги за эту сессию. Банку отвечаем мы; от Вас ничего "
            f"не требуется, если мы не обратимся к Вам отдельно.\n\n{HOST_RU}\n\n"
            "Выплата ждёт решения банка. Если сессия ещё впереди, до решения банка клиент не "
            "получит ссылку на встречу.",
        ),
        (
            Kind.HOST_DISPUTE_WON,
            FACTS,
            "Спор об этой сессии завершён, деньги остаются у нас."
            f"\n\n{HOST_RU}\n\nВыплата состоится, как и было запланировано.",
        ),
        (
            Kind.HOST_DISPUTE_LOST,
            FACTS,
            "Банк решил в пользу клиента, и деньги за эту сессию возвращены."
            f"\n\n{HOST_RU}\n\nВыплаты за неё не будет.",
        ),
        (
            Kind.HOST_PAID_OUT,
            of_payout(PAID_OUT),
            f"Ваша доля за эту сессию переведена на Ваш счёт в Stripe.\n\n{HOST_RU}\n\n"
            "Заплатил клиент: 90.00 USD\nКомиссия платформы: 9.00 USD\nВаша доля: 81.00 USD",
        ),
        (
            Kind.HOST_PAYOUT_BLOCKED,
            BLOCKED,
            "За эту сессию Вам причитается 8,100 JPY, но выплатить эту сумму пока нельзя. "
            f"У Вас ещё нет счёта, на который её можно перевести.\n\n{HOST_RU}\n\n"
            f"Чтобы получить выплату, перейдите сюда: {PAGES}/account#payouts",
        ),
        (
            Kind.HOST_PAYOUT_REVERSED,
            TAKEN_BACK,
            "Деньги за эту сессию вернулись клиенту, поэтому лишнее списано обратно с Вашего "
            f"счёта в Stripe.\n\n{HOST_RU}\n\n"
            "Заплатил клиент: 9.000 KWD\nВозвращено клиенту: 4.500 KWD\n"
            "Комиссия платформы: 0.450 KWD\nВаша доля: 4.050 KWD\n"
            "Переведено: 8,100 JPY\nВсего списано обратно: 4,050 JPY",
        ),
    ],
)
def test_a_message_in_russian_says_exactly_this(kind: Kind, facts: Facts, body: str) -> None:
    assert compose(kind, facts, RU).body == body
