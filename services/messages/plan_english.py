"""The words about plans in English."""

from services.messages.plan_words import PlanWords

WORDS = PlanWords(
    unknown_plan="Subscription",
    started_title="Your plan has begun: {plan}",
    payment_arrived="Thank you, your payment has arrived.",
    trial_started_title="Your free trial has begun: {plan}",
    trial_started="Your free trial has begun.",
    free_until="Free until {until}",
    then="Then {terms}",
    next_payment="Next payment: {until}",
    credits_each_period="Session credits in each period: {credits}",
    credits="Session credits: {credits}",
    receipt="Receipt: {url}",
    invoice="Invoice: {url}",
    manage="Manage your plan: {url}",
    manage_in_chat="To manage your plan, send /status to our bot in Telegram.",
    trial_ending_title="Your free trial ends soon: {plan}",
    trial_ending="Your free trial ends on {until}.",
    then_charged="From then on you pay {terms}, unless you cancel before.",
    nothing_charged="Nothing is charged after that.",
    change_or_cancel="Change or cancel it: {url}",
    go_on="To go on, choose your plan: {url}",
    renewal_failed_title="Payment failed: {plan}",
    renewal_failed="A payment for your plan did not go through.",
    goes_on_until="What your plan gives you goes on until {until}.",
    pay_invoice="Pay the open invoice: {url}",
    change_card="Change your card: {url}",
    grace_over_title="Your plan has stopped: {plan}",
    grace_over="A payment did not arrive in time, so what your plan gives you has ended.",
    pay_to_return="Pay the open invoice, and it comes back: {url}",
    ending_title="Cancelled: {plan}",
    ending="Your plan is cancelled, and nothing more is charged.",
    ends="It goes on until {until}.",
    keep="Until then you can keep it: {url}",
    ended_title="Your plan has ended: {plan}",
    ended="Your plan has ended, and with it what it gave you.",
    again="Choose a plan again: {url}",
    again_in_chat="To come back, send /pay to our bot in Telegram.",
    invite_title="Your invitation: {channel}",
    invite="The channel {channel} is open to you.",
    join_channel="Join the channel: {url}",
    channel_link_follows="The link follows in a separate message.",
    by_request=(
        "The link is for you alone: ask to join with the Telegram account that you use with our "
        "bot, and you are let in."
    ),
    left_title="Your access has ended: {channel}",
    left="Your access to the channel {channel} has ended.",
    payment_returned_title="Payment returned: {plan}",
    payment_returned=(
        "A payment for this plan has been returned in full, and what it paid for has ended."
    ),
    second_payment_returned=(
        "This plan was paid for twice. We have returned the second payment in full; your plan "
        "stands."
    ),
    payment_waiting_title="We are looking after your payment: {plan}",
    payment_waiting=(
        "Your payment could not be settled by itself. A person is looking after it and will write "
        "to you. Please don't pay again."
    ),
    operator_asked_title="A plan waits for you: subscription {subscription}",
    operator_asked=(
        "Something about subscription {subscription} needs a decision of yours. The reason is "
        "in private.error_logs, and in public.payments.outcome_reason where money waits."
    ),
    channel_button="Join the channel",
    invoice_button="Pay the invoice",
    account_button="Manage my plan",
)
