"""SendGrid's signed events: which count, what they are read as, and what is refused."""

import json
from base64 import b64encode
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.providers.message_ports import MailEvent
from services.providers.ports import BadSignature, MalformedEvent
from services.providers.sendgrid_events import SendgridEvents
from tests.providers.sendgrid_rig import EMAIL

SIGNING_KEY = ec.generate_private_key(ec.SECP256R1())
OURS: dict[str, object] = {"message_id": str(EMAIL.key), "email": "ann@client.test"}
AT = "1795514400"


def public_text(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def signed(body: bytes, *, key: ec.EllipticCurvePrivateKey = SIGNING_KEY) -> str:
    return b64encode(key.sign(AT.encode() + body, ec.ECDSA(SHA256()))).decode()


def read(*told: object) -> list[MailEvent]:
    body = json.dumps(told).encode() + b"\r\n"
    return SendgridEvents(public_text(SIGNING_KEY)).verify(body, signed(body), AT)


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        ({"event": "processed"}, "TAKEN", "processed"),
        ({"event": "delivered", "response": "250 OK ann@client.test"}, "TAKEN", "delivered"),
        ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, "LOST", "bounced (5.1.1)"),
        ({"event": "bounce", "type": "blocked", "status": "5.7.1"}, "LOST", "blocked (5.7.1)"),
        ({"event": "bounce", "status": "ann@client.test"}, "LOST", "bounced"),
        ({"event": "dropped", "reason": "Bounced Address"}, "LOST", "dropped (Bounced Address)"),
        ({"event": "dropped", "reason": "550 <ann@client.test>"}, "LOST", "dropped"),
        ({"event": "dropped"}, "LOST", "dropped"),
        ({"event": "spamreport"}, "LOST", "reported as spam"),
    ],
)
def test_an_event_tells_without_personal_data(
    told: dict[str, object], outcome: str, reason: str
) -> None:
    assert read(OURS | told) == [MailEvent(EMAIL.key, outcome, reason)]


@pytest.mark.parametrize(
    "told",
    [
        *(
            OURS | {"event": kind}
            for kind in ("deferred", "open", "click", "unsubscribe", "", None)
        ),
        OURS | {"event": ["bounce"]},
        OURS,
        {"event": "bounce", "email": "ann@client.test"},
        {"event": "bounce", "message_id": "somebody-elses"},
        {"event": "bounce", "message_id": 7},
        {"event": "bounce", "message_id": None},
        "bounce",
        None,
        [],
    ],
)
def test_what_is_not_ours_or_says_nothing_is_left_out(told: object) -> None:
    assert read(told, OURS | {"event": "processed"}) == [MailEvent(EMAIL.key, "TAKEN", "processed")]


def test_events_stay_in_their_order() -> None:
    other = UUID("0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a11")
    events = read(
        OURS | {"event": "processed"},
        {"event": "delivered", "message_id": str(other)},
        OURS | {"event": "spamreport"},
    )
    assert [(event.key, event.reason) for event in events] == [
        (EMAIL.key, "processed"),
        (other, "delivered"),
        (EMAIL.key, "reported as spam"),
    ]


@pytest.mark.parametrize(
    ("body", "signature", "timestamp"),
    [
        (b"[]", signed(b"[]", key=ec.generate_private_key(ec.SECP256R1())), AT),
        (b"[ ]", signed(b"[]"), AT),
        (b"[]\r\n", signed(b"[]"), AT),
        (b"[]", signed(b"[]"), "1795514401"),
        (b"[]", signed(b"[]"), ""),
        (b"[]", "", AT),
        (b"[]", "not base64!", AT),
        (b"[]", "ü", AT),
        (b"[]", b64encode(b"no DER").decode(), AT),
    ],
    # Not by their values: a signature is another one in each process that runs tests.
    ids=[
        *("another key", "another body", "cut body", "another time", "no time"),
        *("no signature", "no base64", "no ASCII", "no DER"),
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(body: bytes, signature: str, timestamp: str) -> None:
    with pytest.raises(BadSignature):
        SendgridEvents(public_text(SIGNING_KEY)).verify(body, signature, timestamp)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"7", b"not json", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_array_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        SendgridEvents(public_text(SIGNING_KEY)).verify(body, signed(body), AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        b64encode(b"no DER").decode(),
        public_text(ec.generate_private_key(ec.SECP384R1())),
        public_text(rsa.generate_private_key(65537, 2048)),
    ],
    ids=["nothing", "no base64", "no DER", "another curve", "RSA"],
)
def test_a_public_key_that_can_not_serve_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="event webhook's public key"):
        SendgridEvents(text)
