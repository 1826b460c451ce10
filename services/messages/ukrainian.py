"""The words in Ukrainian."""

from services.messages.words import Words

WORDS = Words(
    what="{session} · {host}",
    confirmed_title="Підтверджено: {what}",
    confirmed="Вашу сесію підтверджено.",
    rescheduled_title="Новий час: {what}",
    rescheduled="Вашу сесію перенесено на інший час.",
    reminder_day_title="Нагадуємо про сесію: {what}",
    reminder_day="Ваша сесія відбудеться протягом найближчої доби.",
    reminder_hour_title="Скоро початок: {what}",
    reminder_hour="Ваша сесія розпочнеться протягом години.",
    meeting_link_title="Посилання на зустріч: {what}",
    join="Приєднатися до зустрічі: {url}",
    link_follows="Посилання на зустріч ми надішлемо окремим повідомленням.",
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
    money_on_its_way="Ваші кошти повертаються тим самим способом, яким Ви сплатили.",
    credit_back="Ваш кредит на сесію знову Ваш.",
    credits_back="Ваші кредити на сесії знову Ваші.",
    credit_used_up="Кредит використано, бо сесію скасовано надто пізно.",
    credits_used_up="Кредити використано, бо сесію скасовано надто пізно.",
    choose_time_title="Оберіть час: {what}",
    choose_time_reminder_title="Нагадуємо, оберіть час: {what}",
    payment_arrived="Дякуємо, Вашу оплату отримано.",
    choose_time="Оберіть час сесії: {url}",
    choose_until="Кінцевий термін: {until}.",
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
    host_booked_title="Заброньовано: {session}, {time}",
    host_booked="У Вас нове бронювання.",
    host_rescheduled_title="Новий час: {session}, {time}",
    host_rescheduled="Бронювання перенесено на інший час.",
    host_cancelled_title="Скасовано: {session}, {time}",
    host_cancelled="Ця сесія не відбудеться.",
    booked_by="Хто бронює: {client}",
    host_link="Посилання на зустріч: {url}",
    operator_asked_title="Платіж потребує Вашої уваги: бронювання {booking}",
    operator_asked=(
        "Платіж за бронювання {booking} ({price}) не вдалося завершити автоматично. Причина – "
        "в public.payments.outcome_reason, подробиці – в private.error_logs."
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
        "The host's calendar could not be reached.": "Календар був недоступний.",
        "No time was chosen by the day set for it.": "До кінцевого терміну час не було обрано.",
        "The payment was returned by the seller.": "Продавець повернув платіж.",
        "The payment was not completed in time.": "Оплату не завершили вчасно.",
        "The payment is being looked at.": "Ми перевіряємо платіж.",
        "Cancelled before payment.": "Скасовано до оплати.",
        "Called off by the client.": "Сесію скасував клієнт.",
        "The host is no longer free at this time.": "Цей час уже зайнято.",
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
    },
)
