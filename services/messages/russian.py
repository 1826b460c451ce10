"""The words in Russian."""

from services.messages.words import Words

WORDS = Words(
    what="{session} · {host}",
    confirmed_title="Подтверждено: {what}",
    confirmed="Ваша сессия подтверждена.",
    rescheduled_title="Новое время: {what}",
    rescheduled="Ваша сессия перенесена на другое время.",
    reminder_day_title="Напоминаем о сессии: {what}",
    reminder_day="Ваша сессия состоится в течение ближайших суток.",
    reminder_hour_title="Скоро начало: {what}",
    reminder_hour="Ваша сессия начнётся в течение часа.",
    meeting_link_title="Ссылка на встречу: {what}",
    join="Присоединиться к встрече: {url}",
    link_follows="Ссылку на встречу мы пришлём отдельным сообщением.",
    receipt="Квитанция: {url}",
    rejected_title="Не забронировано, деньги возвращаются: {what}",
    rejected_title_credits="Не забронировано: {what}",
    rejected="К сожалению, нам не удалось забронировать сессию.",
    money_goes_back=(
        "Мы автоматически возвращаем Вам всю сумму, {price}, тем же способом, которым Вы платили. "
        "Обычно банк зачисляет деньги в течение пяти–десяти дней."
    ),
    choose_another="Выбрать другое время: {url}",
    cancelled_title="Отменено: {what}",
    cancelled="К сожалению, Ваша сессия не состоится.",
    money_on_its_way="Ваши деньги возвращаются тем же способом, которым Вы платили.",
    credit_back="Ваш кредит на сессию снова Ваш.",
    credits_back="Ваши кредиты на сессии снова Ваши.",
    credit_used_up="Кредит использован, так как сессия отменена слишком поздно.",
    credits_used_up="Кредиты использованы, так как сессия отменена слишком поздно.",
    choose_time_title="Выберите время: {what}",
    choose_time_reminder_title="Напоминаем, выберите время: {what}",
    payment_arrived="Спасибо, Ваша оплата получена.",
    choose_time="Выберите время сессии: {url}",
    choose_until="Крайний срок: {until}.",
    payment_returned_title="Платёж возвращён: {what}",
    payment_returned=(
        "За эту сессию поступило два платежа. Второй платёж, {price}, мы вернули полностью; "
        "Ваше бронирование остаётся в силе."
    ),
    payment_waiting_title="Мы занимаемся Вашим платежом: {what}",
    payment_waiting=(
        "Ваш платёж, {price}, не удалось обработать автоматически. Мы занимаемся им лично "
        "и напишем Вам. Пожалуйста, не платите ещё раз."
    ),
    host_booked_title="Забронировано: {session}, {time}",
    host_booked="У Вас новое бронирование.",
    host_rescheduled_title="Новое время: {session}, {time}",
    host_rescheduled="Бронирование перенесено на другое время.",
    host_cancelled_title="Отменено: {session}, {time}",
    host_cancelled="Эта сессия не состоится.",
    booked_by="Кто бронирует: {client}",
    host_link="Ссылка на встречу: {url}",
    operator_asked_title="Платёж ждёт Вашего внимания: бронирование {booking}",
    operator_asked=(
        "Платёж за бронирование {booking} ({price}) не удалось завершить автоматически. Причина – "
        "в public.payments.outcome_reason, подробности – в private.error_logs."
    ),
    calendar_file="Откройте вложенный файл, чтобы сессия появилась в Вашем календаре.",
    join_button="Присоединиться к встрече",
    choose_time_button="Выбрать время",
    choose_another_button="Выбрать другое время",
    reasons={
        "The time had passed before the payment arrived.": (
            "Выбранное время прошло раньше, чем поступила оплата."
        ),
        "The time had passed before it could be booked.": (
            "Выбранное время прошло раньше, чем его удалось забронировать."
        ),
        "The payment arrived after the time had been given to somebody else.": (
            "Оплата поступила уже после того, как выбранное время заняли."
        ),
        "The host's calendar did not take it: {detail}": (
            "Календарь не принял бронирование: {detail}"
        ),
        "The host's calendar could not be reached.": "Календарь был недоступен.",
        "No time was chosen by the day set for it.": "До крайнего срока время не было выбрано.",
        "The payment was returned by the seller.": "Продавец вернул платёж.",
        "The payment was not completed in time.": "Оплата не была завершена вовремя.",
        "The payment is being looked at.": "Мы проверяем платёж.",
        "Cancelled before payment.": "Отменено до оплаты.",
        "Called off by the client.": "Сессию отменил клиент.",
        "The host is no longer free at this time.": "Это время уже занято.",
        "The host is busy at this time.": "Это время занято.",
        "The time is already taken in the host's calendar.": "Это время в календаре уже занято.",
        "The host's calendar does not open this time for booking.": (
            "Это время в календаре не открыто для бронирования."
        ),
        "The host's calendar takes no further booking of yours.": (
            "Исчерпано количество Ваших бронирований в этом календаре."
        ),
        "This time has passed.": "Это время уже прошло.",
        "The time is not open in the host's Calendly.": (
            "Это время в Calendly не открыто для бронирования."
        ),
        "The time is no longer open in the host's Calendly.": (
            "Это время в Calendly больше не открыто для бронирования."
        ),
        "The appointment was called off in the host's Calendly.": "Запись в Calendly отменена.",
    },
)
