"""What a translator translates: one field for every sentence, with its placeholders by name."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences of one language.

    Every language uses the same placeholders in the same field. `{session}` is the name of a kind
    of session as the host wrote it, `{host}` and `{client}` are people's names: all three stand as
    they are and can't be inflected. `{what}` is the sentence of that name. `{time}` and `{until}`
    read like `Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)`, `{price}` like `90.00 USD`.
    """

    what: str

    # To the client
    confirmed_title: str
    confirmed: str
    rescheduled_title: str
    rescheduled: str
    reminder_day_title: str
    reminder_day: str
    reminder_hour_title: str
    reminder_hour: str
    meeting_link_title: str
    join: str
    link_follows: str
    receipt: str
    rejected_title: str
    rejected_title_credits: str
    rejected: str
    money_goes_back: str
    choose_another: str
    cancelled_title: str
    cancelled: str
    money_on_its_way: str
    credit_back: str
    credits_back: str
    credit_used_up: str
    credits_used_up: str
    choose_time_title: str
    choose_time_reminder_title: str
    payment_arrived: str
    choose_time: str
    choose_until: str
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
    booked_by: str
    host_link: str

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
