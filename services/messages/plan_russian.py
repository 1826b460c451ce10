"""The words about plans in Russian."""

from services.messages.plan_words import PlanWords

WORDS = PlanWords(
    unknown_plan="Подписка",
    started_title="Ваш план начался: {plan}",
    payment_arrived="Спасибо, Ваша оплата получена.",
    trial_started_title="Ваш бесплатный период начался: {plan}",
    trial_started="Ваш бесплатный период начался.",
    free_until="Бесплатно до: {until}",
    then="Далее: {terms}",
    next_payment="Следующая оплата: {until}",
    credits_each_period="Кредитов на сессии в каждом периоде: {credits}",
    credits="Кредитов на сессии: {credits}",
    receipt="Квитанция: {url}",
    invoice="Счёт: {url}",
    manage="Управлять планом: {url}",
    manage_in_chat="Чтобы управлять планом, отправьте /status нашему боту в Telegram.",
    trial_ending_title="Ваш бесплатный период скоро закончится: {plan}",
    trial_ending="Ваш бесплатный период заканчивается: {until}.",
    then_charged="После этого Вы платите {terms}, если не отмените план раньше.",
    nothing_charged="После этого деньги списываться не будут.",
    change_or_cancel="Изменить или отменить план: {url}",
    go_on="Чтобы продолжить, выберите план: {url}",
    renewal_failed_title="Оплата не прошла: {plan}",
    renewal_failed="Не удалось получить оплату за Ваш план.",
    goes_on_until="Всё, что даёт план, остаётся доступным до: {until}.",
    pay_invoice="Оплатить открытый счёт: {url}",
    change_card="Сменить карту: {url}",
    grace_over_title="Ваш план остановлен: {plan}",
    grace_over="Оплата не поступила вовремя, поэтому всё, что давал план, больше не доступно.",
    pay_to_return="Оплатите открытый счёт, и доступ вернётся: {url}",
    ending_title="Отменено: {plan}",
    ending="Ваш план отменён, деньги больше списываться не будут.",
    ends="План действует до: {until}.",
    keep="До этого времени его можно сохранить: {url}",
    ended_title="Ваш план завершён: {plan}",
    ended="Ваш план завершён, а с ним и всё, что он давал.",
    again="Выбрать план снова: {url}",
    again_in_chat="Чтобы вернуться, отправьте /pay нашему боту в Telegram.",
    invite_title="Ваше приглашение: {channel}",
    invite="Канал {channel} для Вас открыт.",
    join_channel="Вступить в канал: {url}",
    channel_link_follows="Ссылку мы пришлём отдельным сообщением.",
    by_request=(
        "Ссылка только для Вас: отправьте запрос на вступление с того аккаунта Telegram, "
        "с которого Вы пишете нашему боту, и Вас примут."
    ),
    left_title="Ваш доступ закончился: {channel}",
    left="Ваш доступ к каналу {channel} закончился.",
    payment_returned_title="Платёж возвращён: {plan}",
    payment_returned="Платёж за этот план возвращён полностью, и то, что он давал, завершено.",
    second_payment_returned=(
        "За этот план поступило два платежа. Второй платёж мы вернули полностью; Ваш план "
        "остаётся в силе."
    ),
    payment_waiting_title="Мы занимаемся Вашим платежом: {plan}",
    payment_waiting=(
        "Ваш платёж не удалось обработать автоматически. Мы занимаемся им лично и напишем Вам. "
        "Пожалуйста, не платите ещё раз."
    ),
    operator_asked_title="Подписка ждёт Вашего внимания: {subscription}",
    operator_asked=(
        "По подписке {subscription} нужно Ваше решение. Причина записана в "
        "private.error_logs, а для ожидающего платежа также в public.payments.outcome_reason."
    ),
    channel_button="Вступить в канал",
    invoice_button="Оплатить счёт",
    account_button="Управлять планом",
)
