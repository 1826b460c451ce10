"""SendGrid's stand-in, the adapter that speaks to it, and who gets its webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from pytest_httpx import HTTPXMock

from sandbox.hooks import Hooks
from sandbox.inbox import Inbox
from sandbox.sendgrid import API_KEY, SendgridSandbox
from sandbox.standin import Stage
from services.providers.message_ports import Attachment, Email
from services.providers.sendgrid import Sendgrid, connect
from tests.providers.standin_rig import served

HOOK_URL = "http://product.test/webhooks/sendgrid"
SENDER = "Session, Pay <noreply@example.com>"
TEMPLATE = "d-0123456789abcdef0123456789abcdef"
INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
EMAIL = Email(
    key=UUID("0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10"),
    kind="BOOKING_CONFIRMED",
    language="uk",
    message_id="<0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10@example.com>",
    to="ann@client.test",
    to_name="Ann Müller",
    subject="Підтверджено: консультація о 15:00",
    text="До зустрічі.\n",
    html="<p>До зустрічі.</p>",
    attachments=(Attachment("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", INVITE),),
)

# Only webhooks are caught: what the adapter sends goes to the stand-in over the wire.
only_webhooks = pytest.mark.httpx_mock(
    should_mock=lambda request: request.url.host == "product.test",
    assert_all_responses_were_requested=False,
    can_send_already_matched_responses=True,
)


@dataclass
class Rig:
    standin: SendgridSandbox
    inbox: Inbox
    hooks: Hooks
    webhooks: list[httpx.Request] = field(default_factory=list)

    @asynccontextmanager
    async def mail(
        self,
        key: str = API_KEY,
        *,
        template_id: str | None = None,
        patience: timedelta = timedelta(seconds=5),
    ) -> AsyncIterator[Sendgrid]:
        mail, close = connect(
            key,
            SENDER,
            base=self.standin.url,
            template_id=template_id,
            timeout=patience,
            now=self.standin.stage.clock.now,
        )
        yield mail
        await close()

    @property
    def asked(self) -> list[int]:
        """Statuses of the answers to the adapter."""
        return [call.status for call in self.standin.stage.journal.of("sendgrid")]


@asynccontextmanager
async def running(httpx_mock: HTTPXMock) -> AsyncIterator[Rig]:
    parts: list[tuple[Inbox, Hooks]] = []

    def make(stage: Stage) -> SendgridSandbox:
        inbox = Inbox(clock=stage.clock, journal=stage.journal, faults=stage.faults, database=None)
        hooks = Hooks(stage)
        parts.append((inbox, hooks))
        return SendgridSandbox(stage, inbox=inbox, hooks=hooks, webhook_url=HOOK_URL)

    async with served(make) as standin:
        [(inbox, hooks)] = parts
        rig = Rig(standin, inbox, hooks)

        def receive(request: httpx.Request) -> httpx.Response:
            rig.webhooks.append(request)
            return httpx.Response(200)

        httpx_mock.add_callback(receive, url=HOOK_URL)
        yield rig
        await hooks.close()
        await inbox.stop()
