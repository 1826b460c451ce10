"""What happens by itself as the sandbox's time goes on."""

from sandbox.stripe import payments, refunds, sessions
from sandbox.stripe.account import Account


def catch_up(account: Account) -> None:
    """Let everything happen that is due by now: expiries, bank debits, delayed refunds.

    Called before every request too, so that no session can be paid after its end.
    """
    sessions.expire_due(account)
    payments.settle_due(account)
    refunds.move_due(account)
