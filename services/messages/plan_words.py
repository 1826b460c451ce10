"""What a translator translates of plans: one field for every sentence, placeholders by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWords:
    """The sentences of one language about plans, subscriptions and channels.

    Every language uses the same placeholders in the same field. `{plan}` and `{channel}` are names
    as the seller wrote them and can't be inflected. `{until}` reads like
    `Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)`, `{terms}` like `100.00 USD a month`.
    """

    unknown_plan: str
    """In place of a name."""

    # Begun
    started_title: str
    payment_arrived: str
    trial_started_title: str
    trial_started: str
    free_until: str
    then: str
    next_payment: str
    credits_each_period: str
    credits: str
    receipt: str
    invoice: str
    manage: str
    manage_in_chat: str

    # A trial ends
    trial_ending_title: str
    trial_ending: str
    then_charged: str
    nothing_charged: str
    change_or_cancel: str
    go_on: str

    # A payment failed
    renewal_failed_title: str
    renewal_failed: str
    goes_on_until: str
    pay_invoice: str
    change_card: str
    grace_over_title: str
    grace_over: str
    pay_to_return: str

    # Cancelled, and over
    ending_title: str
    ending: str
    ends: str
    keep: str
    ended_title: str
    ended: str
    again: str
    again_in_chat: str

    # The channel
    invite_title: str
    invite: str
    join_channel: str
    channel_link_follows: str
    by_request: str
    left_title: str
    left: str

    # Payments that need a word
    payment_returned_title: str
    payment_returned: str
    second_payment_returned: str
    payment_waiting_title: str
    payment_waiting: str

    # To the operator
    operator_asked_title: str
    operator_asked: str

    # On buttons in a chat
    channel_button: str
    invoice_button: str
    account_button: str
