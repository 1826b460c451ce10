"""What a translator translates of the Telegram bot: pairs are a heading and its text."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BotWords:
    """Everything the bot says in one language, with the same placeholders in every language.

    `{account}` is a masked address or `no_address`, `{standing}` the sentence of a plan that begins
    in lower case, `{until}` reads like `Tue 24 Nov 2026, 10:00 (Kyiv time, GMT+2)`, `{span}` like
    `30 minutes`.
    """

    # The account and its sessions
    linked: tuple[str, str]
    linked_news: str
    no_address: str
    stays: str
    moved: tuple[str, str]
    nothing_to_move: tuple[str, str]
    link_refused: tuple[str, str]
    not_linked: tuple[str, str]
    unlinked: tuple[str, str]
    help: str
    status: str
    nothing_ahead: str
    session: str
    join: str
    link_follows: str
    without_time: str
    choose: str
    join_next: str
    account: str
    manage: str

    # Plans, and where they stand
    sessions_and_plans: str
    plan: str
    paid_until: str
    free_until: str
    goes_on_until: str
    stopped: str
    returned: str
    ends: str
    for_good: str
    paused: str
    unpaid: str
    over: str

    # Buying
    pay: str
    pay_life: str
    pay_button: str
    pay_unavailable: tuple[str, str]
    paid_already: tuple[str, str]
    has_plan: str
    gives_nothing: str
    mend_by_invoice: str
    mend_in_portal: str
    mend_in_account: str
    invoice_button: str

    # The channel
    get_invite: str
    invite: tuple[str, str]
    channels: str
    invite_alone: str
    channel_button: str
    invite_follows: tuple[str, str]
    joined_already: tuple[str, str]
    not_paid: tuple[str, str]

    commands: Mapping[str, str]
    """The menu: each command without its slash, and what it does."""
