"""One request in an open portal session, and what its steps have in common."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox.stripe import hosted_page
from sandbox.stripe import portal_views as views
from sandbox.stripe.account import Account
from sandbox.stripe.rendering import Html
from sandbox.stripe.state import Json


class NotOfferedError(Exception):
    """Nothing is at this address for this customer, or the configuration does not allow it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """`typed` is what the form or the query of the request said."""

    account: Account
    request: Request
    session: Json
    configuration: Json
    customer: Json
    typed: dict[str, str]

    def path(self, rest: str = "") -> str:
        return f"{hosted_page.root(self.request)}/portal/{self.session['id']}{rest}"

    def require(self, feature: str) -> Json:
        """The feature's settings; raises NotOfferedError when it is switched off."""
        settings: Json = self.configuration["features"][feature]
        if not settings["enabled"]:
            raise NotOfferedError
        return settings

    def show(self, body: Html, title: str, status: int = 200) -> Response:
        return hosted_page.respond(
            self.request, body, title, status=status, leads_to=_redirect(self.session)
        )

    def ask(self, step: views.Step, status: int = 200) -> Response:
        """A page that asks for one thing; a form sent here comes back to the step's own path."""
        body = views.asking(step, action=self.path(step.path), back=self._way_back())
        return self.show(body, step.title, status)

    def tell(self, title: str, text: str) -> Response:
        """A page that only says something."""
        return self.show(views.notice(title, text, self._way_back()), title)

    def done(self, what: str) -> Response:
        """After a step, back to the first page, or to where the flow of the session leads."""
        flow = self.session["flow"]
        self.session["_flow_done"] = True
        self.account.state.put(self.session)
        if flow and flow["after_completion"]["type"] == "hosted_confirmation":
            return self.confirm(what)
        if url := _redirect(self.session):
            return hosted_page.leave(url)
        return hosted_page.go(self.request, f"/portal/{self.session['id']}?done={what}")

    def confirm(self, what: str) -> Response:
        """The last page of a flow that does not end in the portal."""
        confirmation = self.session["flow"]["after_completion"]["hosted_confirmation"] or {}
        text = confirmation.get("custom_message") or views.TOLD.get(what, "")
        return self.show(views.done("You're all done", text, self.session), "Done")

    def _way_back(self) -> Html:
        """To the first page, or out of the portal for a flow, which shows nothing else."""
        if self.session["flow"] and not self.session.get("_flow_done"):
            return views.back(self.session)
        return views.link_here(self.path(), "← Back", "back")


def _redirect(session: Json) -> str | None:
    """Where the flow of a session leads outside the portal."""
    flow = session["flow"] or {"after_completion": {}}
    url: str | None = (flow["after_completion"].get("redirect") or {}).get("return_url")
    return url
