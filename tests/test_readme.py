"""The README says what the code does, and what it tells people to type works."""

import asyncio
import os
import re
from pathlib import Path

import server
from sandbox.page import CRON_SECRET
from services.domain.booking import diagram
from services.settings import Settings
from tests.world import running_world

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_the_picture_of_the_states_is_printed_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in README


def test_the_example_settings_are_exactly_those_there_are() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def curl_section() -> str:
    """Both scripts of the section, without the line that needs a server on port 8000."""
    section = README.partition("## With curl")[2].partition("\n## ")[0]
    script = "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    first, _, rest = script.partition("\n")
    assert first == "export TOKEN=$(make -s token) API=http://127.0.0.1:8000"
    return rest


async def test_what_the_readme_types_books_and_pays(seeded: str) -> None:
    async with (
        running_world(seeded, confirm_wait_seconds=5, cron_secret=CRON_SECRET) as world,
        server.working(world.app, seeded),
    ):
        shell = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            curl_section(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={
                **os.environ,
                "TOKEN": world.client.token or "",
                "API": world.base,
                "DATABASE_URL": seeded,
                "SANDBOX": "1",
            },
        )
        said, complaints = await shell.communicate()
    lines = said.decode()
    assert complaints.decode() == ""
    assert lines.count('"status":"ACCEPTED"') == 3
    assert lines.count("CALENDAR_BOOKED") == 2  # as the client reads it, as the operator does
    assert '"down": {"calcom": ' in lines or '"down":{"calcom":' in lines
    assert '"calcom.book"' in lines
    assert lines.count('"meetingUrl":"https://zoom.us/j/') == 2
    assert '"needsTime":true' in lines
    assert '"kind":"BOOKING_CONFIRMED"' in lines
    assert re.search(r'"subject": *"Confirmed: Mentoring session with Olena Koval"', lines)
    assert len(re.findall(r"^303\b", lines, re.MULTILINE)) == 4
    assert lines.count('"mySubscription":{"status":"ACTIVE"') == 2
    assert lines.count('"mySubscription":{"status":"PAST_DUE"') == 1
    assert lines.count('"creditsLeft":2') == 2  # new ones each month that is paid
    assert lines.count('"active":true,"creditsLeft":0') == 1
    assert [*re.findall(r'"amount":{"display":"100.00 USD"},"status":"([A-Z]+)"', lines)] == [
        "FAILED",
        "SUCCEEDED",
        "SUCCEEDED",
    ]
    assert "/sandbox/stripe/portal/" in lines
    assert re.search(r"^the invitation: http\S+/join/\S+$", lines, re.MULTILINE)
    assert "METHOD:REQUEST" in lines
    quote = '"canCancel":true,"percent":100,"refund":{"display":"90.00 USD"}'
    assert lines.count(quote) == 1
    assert lines.count('"refund":{"display":"90.00 USD"},"booking":{"status":"CANCELLED"') == 1
    assert lines.count('"reschedules":1}') == 1
    assert '"myPayoutAccount":{"status":"ACTIVE","requirements":[]}' in lines
    paid = '"fee":{"display":"9.50 USD"},"net":{"display":"80.50 USD"},"paidAt":"2'
    assert paid in lines
    assert re.search(r'^\{"queued":[1-9]', lines, re.MULTILINE)
