"""The customer portal's first page: what a customer has, owes and may change."""

from datetime import UTC, datetime
from html import escape

from sandbox.stripe import billing_words as words
from sandbox.stripe import invoices, portal, subscriptions
from sandbox.stripe import portal_views as views
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import display_price, product_name
from sandbox.stripe.money import display
from sandbox.stripe.rendering import Html, fill, link
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of

GOES_ON = ("trialing", "active", "past_due", "unpaid", "paused", "incomplete")


def home(account: Account, session: Json, path: str, told: str) -> Html:
    """The portal's first page; `path` is where its pages are, `told` what was just done."""
    configuration = account.require(session["configuration"], portal.CONFIGURATION)
    customer = account.require(session["customer"], "customer")
    profile, features = configuration["business_profile"], configuration["features"]
    expires = datetime.fromtimestamp(session["created"], UTC) + portal.LIFETIME
    history = features["invoice_history"]["enabled"]
    sections = [_subscriptions(account, configuration, customer, path)]
    if history:
        sections += _owed(account, customer, session)
    if features["payment_method_update"]["enabled"]:
        sections.append(_payment_method(account, customer, path))
    if features["customer_update"]["enabled"]:
        sections.append(_details(customer, features["customer_update"]["allowed_updates"], path))
    if history:
        sections.append(_history(account, customer, session))
    return fill(
        "portal",
        back=views.back(session),
        headline=profile["headline"] or "Your subscription and payments",
        who=customer["email"] or customer["name"] or customer["id"],
        told=Html(f'<p class="told" role="status">{escape(told)}</p>' * bool(told)),
        sections=Html("\n".join(sections)),
        legal=_legal(profile),
        expires=expires.strftime("%-d %B %Y, %H:%M"),
    )


def _section(name: str, title: str, body: str) -> Html:
    return fill("portal_section", id=name, title=title, body=Html(body))


def _subscriptions(account: Account, configuration: Json, customer: Json, path: str) -> Html:
    current = [
        each
        for each in subscriptions.of_customer(account, customer["id"])
        if each["status"] in GOES_ON
    ]
    cards = "\n".join(_subscription(account, configuration, each, path) for each in current)
    nothing = '<p class="note">You have no subscription.</p>'
    return _section("subscriptions", "Subscriptions", cards or nothing)


def _subscription(account: Account, configuration: Json, subscription: Json, path: str) -> Html:
    item = item_of(subscription)
    return fill(
        "portal_subscription",
        name=product_name(account, item["price"]),
        state=views.chip(*words.SUBSCRIPTION_STATES[subscription["status"]]),
        price=display_price(item["price"], item["quantity"]),
        facts=_facts(subscription),
        actions=_actions(account, configuration, subscription, path),
    )


def _facts(subscription: Json) -> Html:
    """What happens next to a subscription."""
    ends, period_end = words.ends_at(subscription), words.day(words.period_end(subscription))
    status = subscription["status"]
    if ends:
        text = f"Cancels on {words.day(ends)}."
    elif status == "trialing":
        text = f"Free until {period_end}, then charged."
    elif status in ("past_due", "unpaid"):
        text = "The last payment failed. Pay the open invoice or update your card."
    elif status == "paused":
        text = "Paused: nothing is charged until it is resumed."
    else:
        text = f"Renews on {period_end}."
    return Html(f"<p>{text}</p>")


def _actions(account: Account, configuration: Json, subscription: Json, path: str) -> Html:
    own = f"{path}/subscriptions/{subscription['id']}"
    actions = []
    leaving = words.ends_at(subscription) is not None
    # Whoever leaves has to say first that they stay.
    if not leaving and portal.offered_prices(account, configuration, subscription):
        actions.append(views.link_here(f"{own}/update", "Change plan"))
    if configuration["features"]["subscription_cancel"]["enabled"]:
        actions.append(
            _button(f"{own}/keep", "Don't cancel")
            if leaving
            else views.link_here(f"{own}/cancel", "Cancel")
        )
    return Html(f'<div class="choices">{"".join(actions)}</div>' * bool(actions))


def _payment_method(account: Account, customer: Json, path: str) -> Html:
    kept = subscriptions.card_of(account, customer["id"])
    text = escape(words.card(kept)) if kept else "No card is kept."
    verb = "Update card" if kept else "Add a card"
    action = views.link_here(f"{path}/payment-method", verb)
    body = f'<div class="plan"><p>{text}</p><div class="choices">{action}</div></div>'
    return _section("payment-method", "Payment method", body)


def _details(customer: Json, allowed: list[str], path: str) -> Html:
    address = customer["address"] or {}
    known = [customer["name"], customer["email"], customer["phone"]]
    known += [address.get(name) for name in views.ADDRESS_FIELDS]
    told = "<br>".join(escape(each) for each in known if each) or "Nothing is known."
    change = views.link_here(f"{path}/customer", "Update details") if allowed else ""
    body = f'<div class="plan"><p>{told}</p><div class="choices">{change}</div></div>'
    return _section("details", "Billing details", body)


def _owed(account: Account, customer: Json, session: Json) -> list[Html]:
    """A section for what is to be paid, if anything is."""
    found = invoices.of_customer(account, customer["id"])
    due = "\n".join(_due(each, session) for each in found if each["status"] == "open")
    return [_section("due", "To be paid", due)] if due else []


def _history(account: Account, customer: Json, session: Json) -> Html:
    found = invoices.of_customer(account, customer["id"])
    rows = "\n".join(_invoice(each, session) for each in found if each["status"] != "draft")
    table = (
        '<table><thead><tr><th scope="col">Date</th><th scope="col">Amount</th>'
        '<th scope="col">Status</th><th scope="col"><span class="unseen">Invoice</span></th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    nothing = '<p class="note">No invoice yet.</p>'
    return _section("history", "Invoice history", table if rows else nothing)


def _due(invoice: Json, session: Json) -> str:
    left = display(invoices.amount_left(invoice), invoice["currency"])
    pay = views.link_here(_hosted(invoice, session), f"Pay {left}", "button")
    return (
        f'<div class="plan"><p>Invoice {escape(invoice["number"] or invoice["id"])} of '
        f'{words.day(invoice["created"])}</p><div class="choices">{pay}</div></div>'
    )


def _invoice(invoice: Json, session: Json) -> str:
    label = escape(f"View the invoice of {words.day(invoice['created'])}")
    view = f'<a href="{escape(_hosted(invoice, session))}" aria-label="{label}">View</a>'
    return (
        f"<tr><td>{words.day(invoice['created'])}</td>"
        f"<td>{display(invoice['total'], invoice['currency'])}</td>"
        f"<td>{views.chip(*words.INVOICE_STATES[invoice['status']])}</td><td>{view}</td></tr>"
    )


def _hosted(invoice: Json, session: Json) -> str:
    return f"{invoice['hosted_invoice_url']}?portal={session['id']}"


def _button(action: str, text: str) -> Html:
    return Html(
        f'<form method="post" action="{escape(action)}">'
        f'<button class="quiet" type="submit">{escape(text)}</button></form>'
    )


def _legal(profile: Json) -> Html:
    links = [
        link(profile["terms_of_service_url"], "Terms", "back"),
        link(profile["privacy_policy_url"], "Privacy", "back"),
    ]
    return Html(" · ".join(each for each in links if each) + "<br>" * any(links))
