"""What happens by itself as the sandbox's time goes on."""

from sandbox.stripe import checkout, disputes, refunds, renewals, sessions
from sandbox.stripe.account import Account


def catch_up(account: Account) -> None:
    """Let everything happen that is due by now: expiries, bank debits, refunds, renewals, disputes.

    Called before every request too, so that no session can be paid after its end.
    """
    sessions.expire_due(account)
    checkout.settle_due(account)
    refunds.move_due(account)
    renewals.bring_up_to_date(account)
    disputes.open_announced(account)
