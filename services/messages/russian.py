"""The words in Russian."""

from services.messages.words import Words

WORDS = Words(
    what="{session} · {host}",
    which="{session}, {time}",
    confirmed_title="Подтверждено: {what}",
    confirmed="Ваша сессия подтверждена.",
    rescheduled_title="Новое время: {what}",
    rescheduled="Ваша сессия перенесена на другое время.",
    kept_time_title="Время не изменилось: {what}",
    kept_time=(
        "Новое время не удалось внести в календарь, поэтому Ваша сессия состоится в прежнее время."
    ),
    reminder_day_title="Напоминаем о сессии: {what}",
    reminder_day="Ваша сессия состоится в течение ближайших суток.",
    reminder_hour_title="Скоро начало: {what}",
    reminder_hour="Ваша сессия начнётся в течение часа.",
    meeting_link_title="Ссылка на встречу: {what}",
    join="Присоединиться к встрече: {url}",
    link_follows="Ссылку на встречу мы пришлём отдельным сообщением.",
    link_withheld=(
        "Ваш банк рассматривает этот платёж. Ссылка на встречу снова станет доступна, когда банк "
        "примет решение."
    ),
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
    cancelled_by_client="Вы отменили свою сессию.",
    cancelled_by_host="Организатор отменил Вашу сессию.",
    cancelled_by_seller="К сожалению, нам пришлось отменить Вашу сессию.",
    cancelled_by_bank="Ваша сессия не состоится, так как платёж за неё был оспорен.",
    cancelled_host_absent=("К сожалению, Ваша сессия не состоялась: организатор не пришёл."),
    money_on_its_way="Ваши деньги возвращаются тем же способом, которым Вы платили.",
    part_back=(
        "Вы заплатили {paid}. Всего Вам возвращается {returned} тем же способом, которым Вы "
        "платили; {kept} удержано по условиям, с которыми Вы согласились."
    ),
    nothing_back=(
        "Вы заплатили {paid}. По условиям, с которыми Вы согласились, эти деньги не возвращаются."
    ),
    bank_decides="Ваш банк рассматривает этот платёж и решит, что будет с деньгами.",
    returned_by_bank="Деньги Вам вернул Ваш банк.",
    credit_back="Ваш кредит на сессию снова Ваш.",
    credits_back="Ваши кредиты на сессии снова Ваши.",
    credit_used_up="Кредит использован, так как сессия отменена слишком поздно.",
    credits_used_up="Кредиты использованы, так как сессия отменена слишком поздно.",
    absent_title="Пропущено: {what}",
    absent="Нам сообщили, что Вы не пришли, поэтому сессия считается проведённой.",
    absent_credit="Кредит за неё использован.",
    absent_credits="Кредиты за неё использованы.",
    choose_time_title="Выберите время: {what}",
    choose_time_reminder_title="Напоминаем, выберите время: {what}",
    payment_arrived="Спасибо, Ваша оплата получена.",
    choose_time="Выберите время сессии: {url}",
    choose_until="Крайний срок: {until}.",
    part_returned_title="Часть Вашего платежа возвращается: {what}",
    part_returned=(
        "Вы заплатили {paid}. Всего Вам возвращается {returned} тем же способом, которым Вы "
        "платили. Больше ничего не меняется."
    ),
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
    host_booked_title="Забронировано: {which}",
    host_booked="У Вас новое бронирование.",
    host_rescheduled_title="Новое время: {which}",
    host_rescheduled="Бронирование перенесено на другое время.",
    host_cancelled_title="Отменено: {which}",
    host_cancelled="Эта сессия не состоится.",
    host_cancelled_by_client="Клиент отменил эту сессию.",
    host_cancelled_by_host="Вы отменили эту сессию.",
    host_cancelled_by_seller="Нам пришлось отменить эту сессию.",
    host_cancelled_by_bank="Эта сессия не состоится, так как банк клиента вернул платёж.",
    host_cancelled_absent="Эта сессия не состоялась, так как Вы на неё не пришли.",
    host_keeps=(
        "Заплачено {paid}, из них по условиям удержано {kept}. Эта сумма, за вычетом комиссии "
        "платформы, будет выплачена Вам."
    ),
    host_nothing_paid_out="Выплаты за неё не будет.",
    host_taken_back=(
        "Выплаченное Вам за неё будет списано обратно в той мере, в какой деньги возвращаются "
        "клиенту."
    ),
    booked_by="Кто бронирует: {client}",
    host_link="Ссылка на встречу: {url}",
    host_disputed_title="Платёж оспорен: {which}",
    host_disputed=(
        "Банк клиента требует вернуть деньги за эту сессию. Банку отвечаем мы; от Вас ничего не "
        "требуется, если мы не обратимся к Вам отдельно."
    ),
    host_disputed_waits="Выплата ждёт решения банка.",
    host_disputed_paid_out=(
        "Она Вам уже выплачена; выплата будет списана обратно, только если банк решит в пользу "
        "клиента."
    ),
    host_disputed_link=(
        "Если сессия ещё впереди, до решения банка клиент не получит ссылку на встречу."
    ),
    host_dispute_won_title="Спор завершён: {which}",
    host_dispute_won="Спор об этой сессии завершён, деньги остаются у нас.",
    host_dispute_won_goes_on="Выплата состоится, как и было запланировано.",
    host_dispute_won_paid_out="Выплаченное Вам остаётся Вашим.",
    host_dispute_lost_title="Спор проигран: {which}",
    host_dispute_lost="Банк решил в пользу клиента, и деньги за эту сессию возвращены.",
    host_paid_out_title="Выплачено: {which}",
    host_paid_out="Ваша доля за эту сессию переведена на Ваш счёт в Stripe.",
    host_blocked_title="Выплата ждёт Вас: {which}",
    host_blocked="За эту сессию Вам причитается {net}, но выплатить эту сумму пока нельзя.",
    host_blocked_no_account="У Вас ещё нет счёта, на который её можно перевести.",
    host_blocked_requirements="Сначала Stripe нужны от Вас дополнительные сведения.",
    host_blocked_closed="Ваш счёт в Stripe закрыт.",
    host_payouts="Чтобы получить выплату, перейдите сюда: {url}",
    host_reversed_title="Выплата списана обратно: {which}",
    host_reversed=(
        "Деньги за эту сессию вернулись клиенту, поэтому лишнее списано обратно с Вашего счёта в "
        "Stripe."
    ),
    host_reversed_excess=(
        "Вам было выплачено больше Вашей доли, поэтому лишнее списано обратно с Вашего счёта в "
        "Stripe."
    ),
    statement_paid="Заплатил клиент: {amount}",
    statement_returned="Возвращено клиенту: {amount}",
    statement_fee="Комиссия платформы: {amount}",
    statement_net="Ваша доля: {amount}",
    statement_moved="Переведено: {amount}",
    statement_taken_back="Всего списано обратно: {amount}",
    operator_asked_title="Нужно Ваше решение: бронирование {booking}",
    operator_asked=(
        "По платежу или выплате за бронирование {booking} ({price}) нужно Ваше решение. Причина – "
        "в private.error_logs, а там, где ждут деньги, – также в public.payments.outcome_reason."
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
        "The host's calendar did not take the new time: {detail}": (
            "Календарь не принял новое время: {detail}"
        ),
        "The host's calendar could not be reached.": "Календарь был недоступен.",
        "No time was chosen by the day set for it.": "До крайнего срока время не было выбрано.",
        "The payment was returned by the seller.": "Продавец вернул платёж.",
        "The payment was not completed in time.": "Оплата не была завершена вовремя.",
        "The payment is being looked at.": "Мы проверяем платёж.",
        "Cancelled before payment.": "Отменено до оплаты.",
        "The host is no longer free at this time.": "Это время уже занято.",
        "The host's calendar is not free at this time any more.": (
            "Это время в календаре уже не свободно."
        ),
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
        "The appointment was moved in the host's Calendly to a time that is taken here.": (
            "Запись в Calendly перенесли на время, которое здесь уже занято."
        ),
    },
)
