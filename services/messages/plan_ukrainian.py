"""The words about plans in Ukrainian."""

from services.messages.plan_words import PlanWords

WORDS = PlanWords(
    unknown_plan="Підписка",
    started_title="Ваш план розпочато: {plan}",
    payment_arrived="Дякуємо, Вашу оплату отримано.",
    trial_started_title="Ваш безкоштовний період розпочато: {plan}",
    trial_started="Ваш безкоштовний період розпочато.",
    free_until="Безкоштовно до: {until}",
    then="Далі: {terms}",
    next_payment="Наступна оплата: {until}",
    credits_each_period="Кредитів на сесії в кожному періоді: {credits}",
    credits="Кредитів на сесії: {credits}",
    receipt="Квитанція: {url}",
    invoice="Рахунок: {url}",
    manage="Керувати планом: {url}",
    manage_in_chat="Щоб керувати планом, надішліть /status нашому боту в Telegram.",
    trial_ending_title="Ваш безкоштовний період скоро завершиться: {plan}",
    trial_ending="Ваш безкоштовний період завершується: {until}.",
    then_charged="Після цього Ви платите {terms}, якщо не скасуєте план раніше.",
    nothing_charged="Після цього кошти не списуватимуться.",
    change_or_cancel="Змінити або скасувати план: {url}",
    go_on="Щоб продовжити, оберіть план: {url}",
    renewal_failed_title="Оплата не пройшла: {plan}",
    renewal_failed="Не вдалося отримати оплату за Ваш план.",
    goes_on_until="Усе, що дає план, залишається доступним до: {until}.",
    pay_invoice="Оплатити відкритий рахунок: {url}",
    change_card="Змінити картку: {url}",
    grace_over_title="Ваш план зупинено: {plan}",
    grace_over="Оплата не надійшла вчасно, тому все, що давав план, більше не доступне.",
    pay_to_return="Оплатіть відкритий рахунок, і доступ повернеться: {url}",
    ending_title="Скасовано: {plan}",
    ending="Ваш план скасовано, кошти більше не списуватимуться.",
    ends="План діє до: {until}.",
    keep="До того часу його можна зберегти: {url}",
    ended_title="Ваш план завершено: {plan}",
    ended="Ваш план завершено, а з ним і все, що він давав.",
    again="Обрати план знову: {url}",
    again_in_chat="Щоб повернутися, надішліть /pay нашому боту в Telegram.",
    invite_title="Ваше запрошення: {channel}",
    invite="Канал {channel} для Вас відкрито.",
    join_channel="Приєднатися до каналу: {url}",
    channel_link_follows="Посилання ми надішлемо окремим повідомленням.",
    by_request=(
        "Посилання лише для Вас: надішліть запит на вступ із того облікового запису Telegram, "
        "з якого Ви пишете нашому боту, і Вас буде прийнято."
    ),
    left_title="Ваш доступ завершено: {channel}",
    left="Ваш доступ до каналу {channel} завершено.",
    payment_returned_title="Платіж повернено: {plan}",
    payment_returned="Платіж за цей план повернено повністю, тож те, що він давав, завершено.",
    second_payment_returned=(
        "За цей план надійшло два платежі. Другий платіж ми повернули повністю; Ваш план "
        "залишається чинним."
    ),
    payment_waiting_title="Ми опрацьовуємо Ваш платіж: {plan}",
    payment_waiting=(
        "Ваш платіж не вдалося опрацювати автоматично. Ми займаємося ним особисто й напишемо Вам. "
        "Будь ласка, не платіть ще раз."
    ),
    operator_asked_title="Підписка потребує Вашої уваги: {subscription}",
    operator_asked=(
        "Щодо підписки {subscription} потрібне Ваше рішення. Причина записана в "
        "private.error_logs, а для платежу, що чекає, також у public.payments.outcome_reason."
    ),
    channel_button="Приєднатися до каналу",
    invoice_button="Оплатити рахунок",
    account_button="Керувати планом",
)
