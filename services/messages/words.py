"""What a translator translates: one field for every sentence, with its placeholders by name."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences of one language.

    Every language uses the same placeholders in the same field. `{session}` is the name of a kind
    of session as the host wrote it, `{host}` and `{client}` are people's names: all three stand as
    they are and can't be inflected. `{what}` and `{which}` are the sentences of those names; while
    there is no time, `{which}` is the session's name alone. `{time}` and `{until}` read like
    `Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)`, `{price}` and all other amounts like `90.00 USD`.
    """

    what: str
    which: str

    # To the client
    confirmed_title: str
    confirmed: str
    rescheduled_title: str
    rescheduled: str
    kept_time_title: str
    kept_time: str
    reminder_day_title: str
    reminder_day: str
    reminder_hour_title: str
    reminder_hour: str
    meeting_link_title: str
    join: str
    link_follows: str
    link_withheld: str
    receipt: str
    rejected_title: str
    rejected_title_credits: str
    rejected: str
    money_goes_back: str
    choose_another: str
    cancelled_title: str
    cancelled: str
    cancelled_by_client: str
    cancelled_by_host: str
    cancelled_by_seller: str
    cancelled_by_bank: str
    cancelled_host_absent: str
    money_on_its_way: str
    part_back: str
    nothing_back: str
    bank_decides: str
    returned_by_bank: str
    credit_back: str
    credits_back: str
    credit_used_up: str
    credits_used_up: str
    absent_title: str
    absent: str
    absent_credit: str
    absent_credits: str
    choose_time_title: str
    choose_time_reminder_title: str
    payment_arrived: str
    choose_time: str
    choose_until: str
    part_returned_title: str
    part_returned: str
    payment_returned_title: str
    payment_returned: str
    payment_waiting_title: str
    payment_waiting: str

    # To the host
    host_booked_title: str
    host_booked: str
    host_rescheduled_title: str
    host_rescheduled: str
    host_cancelled_title: str
    host_cancelled: str
    host_cancelled_by_client: str
    host_cancelled_by_host: str
    host_cancelled_by_seller: str
    host_cancelled_by_bank: str
    host_cancelled_absent: str
    host_keeps: str
    host_nothing_paid_out: str
    host_taken_back: str
    booked_by: str
    host_link: str

    # To the host, about disputes and payouts
    host_disputed_title: str
    host_disputed: str
    host_disputed_waits: str
    host_disputed_paid_out: str
    host_disputed_link: str
    host_dispute_won_title: str
    host_dispute_won: str
    host_dispute_won_goes_on: str
    host_dispute_won_paid_out: str
    host_dispute_lost_title: str
    host_dispute_lost: str
    host_paid_out_title: str
    host_paid_out: str
    host_blocked_title: str
    host_blocked: str
    host_blocked_no_account: str
    host_blocked_requirements: str
    host_blocked_closed: str
    host_payouts: str
    host_reversed_title: str
    host_reversed: str
    host_reversed_excess: str
    statement_paid: str
    statement_returned: str
    statement_fee: str
    statement_net: str
    statement_moved: str
    statement_taken_back: str

    # To the operator
    operator_asked_title: str
    operator_asked: str

    # Below an e-mail with a calendar file, and on buttons in a chat
    calendar_file: str
    join_button: str
    choose_time_button: str
    choose_another_button: str

    reasons: Mapping[str, str]
    """Why a booking ended: the sentence that the product wrote, and what it is in this language.

    A sentence that ends in `: {detail}` goes on in the words of whoever said no.
    """
