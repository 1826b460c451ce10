"""The body of a hosted invoice, and its lines as text for the PDF."""

from html import escape

from sandbox.stripe import billing_words as words
from sandbox.stripe import card_entry, invoices, subscriptions
from sandbox.stripe import portal_views as views
from sandbox.stripe.account import Account
from sandbox.stripe.rendering import NOTHING, Html, fill
from sandbox.stripe.state import Json


def page(
    account: Account,
    invoice: Json,
    typed: dict[str, str],
    *,
    action: str,
    back: Html,
    message: str = "",
) -> Html:
    """The invoice with a form to pay it while it is open; `message` is why that did not work."""
    paid = invoice["status"] == "paid"
    currency = invoice["currency"]
    total = invoice["amount_paid"] if paid else invoices.amount_left(invoice)
    return fill(
        "invoice",
        back=back,
        due="Amount paid" if paid else "Amount due",
        total=words.money(total, currency),
        state=views.chip(*words.INVOICE_STATES[invoice["status"]]),
        lines=Html("\n".join(_line(line, currency) for line in invoice["lines"]["data"])),
        sums=_pairs(_sums(invoice)),
        aside="Payment",
        message=views.error(message),
        body=_payment(account, invoice, typed, action),
        facts=_pairs(_facts(invoice)),
        pdf=f"{action.partition('?')[0]}/pdf",
    )


def text_lines(invoice: Json) -> list[str]:
    """The invoice as lines of plain text."""
    currency = invoice["currency"]
    pairs = [("Status", words.INVOICE_STATES[invoice["status"]][0]), *_facts(invoice)]
    sums = _sums(invoice)
    return [
        *(f"{name}: {value}" for name, value in pairs),
        "",
        *(
            f"{line['description']} ({_period(line)}): {words.money(line['amount'], currency)}"
            for line in invoice["lines"]["data"]
        ),
        "",
        *(f"{name}: {value}" for name, value in sums),
        "",
        "Sandbox: no real money was asked for or paid.",
    ]


def title(invoice: Json) -> str:
    return f"Invoice {invoice['number'] or invoice['id']}"


def paying_charge(account: Account, invoice: Json) -> Json | None:
    """The charge that paid an invoice; None when nothing was charged."""
    for payment in account.state.newest_first("invoice_payment"):
        if payment["invoice"] == invoice["id"] and payment["status"] == "paid":
            intent = account.require(payment["payment"]["payment_intent"], "payment_intent")
            return account.require(intent["latest_charge"], "charge")
    return None


def _payment(account: Account, invoice: Json, typed: dict[str, str], action: str) -> Html:
    """The form while the invoice is open, the receipt once it is paid."""
    if invoice["status"] == "open":
        return _form(account, invoice, typed, action)
    if invoice["status"] != "paid":
        return Html("<h2>Nothing to pay</h2><p>This invoice is not to be paid.</p>")
    charge = paying_charge(account, invoice)
    receipt = (
        views.link_here(charge["receipt_url"], "View the receipt", "button") if charge else NOTHING
    )
    return Html(f"<h2>Paid</h2><p>Thank you.</p>{receipt}")


def _form(account: Account, invoice: Json, typed: dict[str, str], action: str) -> Html:
    left = words.money(invoices.amount_left(invoice), invoice["currency"])
    kept = subscriptions.card_of(account, invoice["customer"])
    by_kept = (
        f'<form method="post" action="{escape(action)}">{views.hidden("method", "kept")}'
        f'<button type="submit">Pay {left} with {escape(words.card(kept))}</button></form>'
        '<p class="note or">or with another card</p>'
        if kept
        else ""
    )
    look = "quiet" if kept else "main"
    return Html(
        f"<h2>Pay this invoice</h2>{by_kept}"
        f'<form method="post" action="{escape(action)}" novalidate>'
        f"{card_entry.form(account, typed)}"
        f'<button class="{look}" type="submit">Pay {left}</button></form>'
    )


def _sums(invoice: Json) -> list[tuple[str, str]]:
    currency = invoice["currency"]
    sums = [("Total", invoice["total"])]
    if invoice["amount_due"] != invoice["total"]:
        sums.append(("Taken from your credit", invoice["amount_due"] - invoice["total"]))
    sums += [("Paid", invoice["amount_paid"]), ("Still due", invoices.amount_left(invoice))]
    return [(name, words.money(amount, currency)) for name, amount in sums]


def _facts(invoice: Json) -> list[tuple[str, str]]:
    paid_at = invoice["status_transitions"]["paid_at"]
    attempt = invoice["next_payment_attempt"]
    facts = [
        ("Invoice number", invoice["number"] or invoice["id"]),
        ("Date", words.day(invoice["created"])),
        ("Billed to", invoice["customer_email"] or invoice["customer"]),
        ("Paid on", words.day(paid_at) if paid_at else ""),
        ("Charged again on", words.day(attempt) if attempt else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _pairs(pairs: list[tuple[str, str]]) -> Html:
    return Html("".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in pairs))


def _line(line: Json, currency: str) -> str:
    return (
        f"<li><span>{escape(line['description'])}<small>{_period(line)}</small></span>"
        f"<span>{words.money(line['amount'], currency)}</span></li>"
    )


def _period(line: Json) -> str:
    return f"{words.day(line['period']['start'])} to {words.day(line['period']['end'])}"
