"""The words in Ukrainian."""

from services.messages.words import Words

WORDS = Words(
    what="{session} · {host}",
    which="{session}, {time}",
    confirmed_title="Підтверджено: {what}",
    confirmed="Вашу сесію підтверджено.",
    rescheduled_title="Новий час: {what}",
    rescheduled="Вашу сесію перенесено на інший час.",
    kept_time_title="Час не змінився: {what}",
    kept_time=(
        "Новий час не вдалося внести до календаря, тож Ваша сесія відбудеться в попередній час."
    ),
    reminder_day_title="Нагадуємо про сесію: {what}",
    reminder_day="Ваша сесія відбудеться протягом найближчої доби.",
    reminder_hour_title="Скоро початок: {what}",
    reminder_hour="Ваша сесія розпочнеться протягом години.",
    meeting_link_title="Посилання на зустріч: {what}",
    join="Приєднатися до зустрічі: {url}",
    link_follows="Посилання на зустріч ми надішлемо окремим повідомленням.",
    link_withheld=(
        "Ваш банк розглядає цей платіж. Посилання на зустріч знову буде доступне, коли банк "
        "ухвалить рішення."
    ),
    receipt="Квитанція: {url}",
    rejected_title="Не заброньовано, кошти повертаються: {what}",
    rejected_title_credits="Не заброньовано: {what}",
    rejected="На жаль, нам не вдалося забронювати сесію.",
    money_goes_back=(
        "Ми автоматично повертаємо Вам усю суму, {price}, тим самим способом, яким Ви сплатили. "
        "Зазвичай банк зараховує кошти протягом п’яти–десяти днів."
    ),
    choose_another="Обрати інший час: {url}",
    cancelled_title="Скасовано: {what}",
    cancelled="На жаль, Ваша сесія не відбудеться.",
    cancelled_by_client="Ви скасували свою сесію.",
    cancelled_by_host="Організатор скасував Вашу сесію.",
    cancelled_by_seller="На жаль, нам довелося скасувати Вашу сесію.",
    cancelled_by_bank="Ваша сесія не відбудеться, бо платіж за неї було оскаржено.",
    cancelled_host_absent=("На жаль, Ваша сесія не відбулася: організатор не прийшов."),
    money_on_its_way="Ваші кошти повертаються тим самим способом, яким Ви сплатили.",
    part_back=(
        "Ви сплатили {paid}. Загалом Вам повертається {returned} тим самим способом, яким Ви "
        "сплатили; {kept} утримано за умовами, на які Ви погодилися."
    ),
    nothing_back="Ви сплатили {paid}. За умовами, на які Ви погодилися, ці кошти не повертаються.",
    bank_decides="Ваш банк розглядає цей платіж і вирішить, що буде з коштами.",
    returned_by_bank="Кошти Вам повернув Ваш банк.",
    credit_back="Ваш кредит на сесію знову Ваш.",
    credits_back="Ваші кредити на сесії знову Ваші.",
    credit_used_up="Кредит використано, бо сесію скасовано надто пізно.",
    credits_used_up="Кредити використано, бо сесію скасовано надто пізно.",
    absent_title="Пропущено: {what}",
    absent="Нам повідомили, що Ви не прийшли, тож сесія вважається проведеною.",
    absent_credit="Кредит за неї використано.",
    absent_credits="Кредити за неї використано.",
    choose_time_title="Оберіть час: {what}",
    choose_time_reminder_title="Нагадуємо, оберіть час: {what}",
    payment_arrived="Дякуємо, Вашу оплату отримано.",
    choose_time="Оберіть час сесії: {url}",
    choose_until="Кінцевий термін: {until}.",
    part_returned_title="Частина Вашого платежу повертається: {what}",
    part_returned=(
        "Ви сплатили {paid}. Загалом Вам повертається {returned} тим самим способом, яким Ви "
        "сплатили. Більше нічого не змінюється."
    ),
    payment_returned_title="Платіж повернено: {what}",
    payment_returned=(
        "За цю сесію надійшло два платежі. Другий платіж, {price}, ми повернули повністю; "
        "Ваше бронювання залишається чинним."
    ),
    payment_waiting_title="Ми опрацьовуємо Ваш платіж: {what}",
    payment_waiting=(
        "Ваш платіж, {price}, не вдалося опрацювати автоматично. Ми займаємося ним особисто "
        "й напишемо Вам. Будь ласка, не платіть ще раз."
    ),
    host_booked_title="Заброньовано: {which}",
    host_booked="У Вас нове бронювання.",
    host_rescheduled_title="Новий час: {which}",
    host_rescheduled="Бронювання перенесено на інший час.",
    host_cancelled_title="Скасовано: {which}",
    host_cancelled="Ця сесія не відбудеться.",
    host_cancelled_by_client="Клієнт скасував цю сесію.",
    host_cancelled_by_host="Ви скасували цю сесію.",
    host_cancelled_by_seller="Нам довелося скасувати цю сесію.",
    host_cancelled_by_bank="Ця сесія не відбудеться, бо банк клієнта повернув платіж.",
    host_cancelled_absent="Ця сесія не відбулася, бо Ви на неї не прийшли.",
    host_keeps=(
        "Сплачено {paid}, з них за умовами утримано {kept}. Цю суму, за вирахуванням комісії "
        "платформи, буде виплачено Вам."
    ),
    host_nothing_paid_out="Виплати за неї не буде.",
    host_taken_back=(
        "Виплачене Вам за неї буде списано назад у тій мірі, в якій кошти повертаються клієнтові."
    ),
    booked_by="Хто бронює: {client}",
    host_link="Посилання на зустріч: {url}",
    host_disputed_title="Платіж оскаржено: {which}",
    host_disputed=(
        "Банк клієнта вимагає повернути кошти за цю сесію. Відповідь банкові надаємо ми; від Вас "
        "нічого не потрібно, якщо ми не звернемося до Вас окремо."
    ),
    host_disputed_waits="Виплата чекає на рішення банку.",
    host_disputed_paid_out=(
        "Її Вам уже виплачено; виплату буде списано назад, лише якщо банк вирішить на користь "
        "клієнта."
    ),
    host_disputed_link=(
        "Якщо сесія ще попереду, до рішення банку клієнт не отримає посилання на зустріч."
    ),
    host_dispute_won_title="Спір завершено: {which}",
    host_dispute_won="Спір щодо цієї сесії завершено, кошти залишаються в нас.",
    host_dispute_won_goes_on="Виплата відбудеться, як і було заплановано.",
    host_dispute_won_paid_out="Виплачене Вам залишається Вашим.",
    host_dispute_lost_title="Спір програно: {which}",
    host_dispute_lost="Банк вирішив на користь клієнта, і кошти за цю сесію повернуто.",
    host_paid_out_title="Виплачено: {which}",
    host_paid_out="Вашу частку за цю сесію переказано на Ваш рахунок у Stripe.",
    host_blocked_title="Виплата чекає на Вас: {which}",
    host_blocked="За цю сесію Вам належить {net}, але виплатити цю суму поки що неможливо.",
    host_blocked_no_account="У Вас ще немає рахунку, на який її можна переказати.",
    host_blocked_requirements="Спершу Stripe потребує від Вас додаткових відомостей.",
    host_blocked_closed="Ваш рахунок у Stripe закрито.",
    host_payouts="Щоб отримати виплату, перейдіть сюди: {url}",
    host_reversed_title="Виплату списано назад: {which}",
    host_reversed=(
        "Кошти за цю сесію повернулися клієнтові, тому зайве списано назад із Вашого рахунку в "
        "Stripe."
    ),
    host_reversed_excess=(
        "Вам було виплачено більше за Вашу частку, тому зайве списано назад із Вашого рахунку в "
        "Stripe."
    ),
    statement_paid="Сплатив клієнт: {amount}",
    statement_returned="Повернуто клієнтові: {amount}",
    statement_fee="Комісія платформи: {amount}",
    statement_net="Ваша частка: {amount}",
    statement_moved="Переказано: {amount}",
    statement_taken_back="Усього списано назад: {amount}",
    operator_asked_title="Потрібне Ваше рішення: бронювання {booking}",
    operator_asked=(
        "Щодо платежу або виплати за бронювання {booking} ({price}) потрібне Ваше рішення. Причина "
        "– в private.error_logs, а там, де чекають кошти, – також у "
        "public.payments.outcome_reason."
    ),
    calendar_file="Відкрийте доданий файл, щоб сесія з’явилася у Вашому календарі.",
    join_button="Приєднатися до зустрічі",
    choose_time_button="Обрати час",
    choose_another_button="Обрати інший час",
    reasons={
        "The time had passed before the payment arrived.": (
            "Обраний час минув раніше, ніж надійшла оплата."
        ),
        "The time had passed before it could be booked.": (
            "Обраний час минув раніше, ніж його вдалося забронювати."
        ),
        "The payment arrived after the time had been given to somebody else.": (
            "Оплата надійшла вже після того, як обраний час зайняли."
        ),
        "The host's calendar did not take it: {detail}": (
            "Календар не прийняв бронювання: {detail}"
        ),
        "The host's calendar did not take the new time: {detail}": (
            "Календар не прийняв нового часу: {detail}"
        ),
        "The host's calendar could not be reached.": "Календар був недоступний.",
        "No time was chosen by the day set for it.": "До кінцевого терміну час не було обрано.",
        "The payment was returned by the seller.": "Продавець повернув платіж.",
        "The payment was not completed in time.": "Оплату не завершили вчасно.",
        "The payment is being looked at.": "Ми перевіряємо платіж.",
        "Cancelled before payment.": "Скасовано до оплати.",
        "The host is no longer free at this time.": "Цей час уже зайнято.",
        "The host's calendar is not free at this time any more.": (
            "Цей час у календарі вже не вільний."
        ),
        "The host is busy at this time.": "Цей час зайнято.",
        "The time is already taken in the host's calendar.": "Цей час у календарі вже зайнято.",
        "The host's calendar does not open this time for booking.": (
            "Цей час у календарі не відкрито для бронювання."
        ),
        "The host's calendar takes no further booking of yours.": (
            "Вичерпано кількість Ваших бронювань у цьому календарі."
        ),
        "This time has passed.": "Цей час уже минув.",
        "The time is not open in the host's Calendly.": (
            "Цей час у Calendly не відкрито для бронювання."
        ),
        "The time is no longer open in the host's Calendly.": (
            "Цей час у Calendly вже не відкрито для бронювання."
        ),
        "The appointment was called off in the host's Calendly.": "Запис у Calendly скасовано.",
        "The appointment was moved in the host's Calendly to a time that is taken here.": (
            "Запис у Calendly перенесли на час, який тут уже зайнято."
        ),
    },
)
