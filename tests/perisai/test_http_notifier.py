"""The gateway's answers, each by a real server on a real socket."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

from perisai.backends import NotDelivered, WayClosed, notifier
from perisai.backends.http import LONGEST_WAIT, SHORTEST_WAIT, TOKEN_WAIT, USUAL_WAIT
from perisai.registry import Message
from tests.fakes.gateway import FakeGateway, fake_gateway

PHONE = "+6281234567890"
SAID = Message(
    phone_e164=PHONE,
    language="id",
    template="payment_posted",
    text="Iuran BPU Rp33.600 diterima.",
    parameters={"amount": "Rp33.600", "no": "17-9912345"},
)
PATIENCE = 0.5


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A gateway, and the project set to send there without much patience."""
    with (
        fake_gateway() as gateway,
        override_settings(**gateway.settings(), NOTIFY_SECONDS=PATIENCE),
    ):
        yield gateway


def send(reference: str = "17") -> str:
    return notifier().send(SAID, reference=reference)


def test_message_arrives_whole_and_is_named_by_the_gateway(gateway: FakeGateway) -> None:
    assert send() == "gw-17"
    assert gateway.messages == {
        "17": {
            "reference": "17",
            "to": "6281234567890",
            "template": "payment_posted",
            "language": "id",
            "parameters": {"amount": "Rp33.600", "no": "17-9912345"},
            "text": "Iuran BPU Rp33.600 diterima.",
        }
    }
    assert gateway.strange == []


def test_same_reference_is_the_same_message(gateway: FakeGateway) -> None:
    assert send() == send()
    assert (len(gateway.messages), gateway.calls["17"], gateway.strange) == (1, 2, [])


def test_one_process_keeps_its_connection(gateway: FakeGateway) -> None:
    for number in range(5):
        send(str(number))
    assert (len(gateway.messages), gateway.connections) == (5, 1)


@pytest.mark.parametrize(
    ("word", "code", "is_permanent", "is_taken"),
    [
        ("refused", "gateway_refused_422", True, False),
        ("error", "gateway_failed_500", False, False),
        ("redirect", "gateway_failed_307", False, False),
        ("hang", "gateway_timeout", False, True),
        ("drip", "gateway_timeout", False, True),
        ("cut", "gateway_unreachable", False, True),
        ("garbage", "gateway_garbled", False, True),
        ("huge", "gateway_garbled", False, True),
        ("nameless", "gateway_garbled", False, True),
    ],
)
def test_each_failure_has_its_code_and_is_tried_once(
    word: str, code: str, *, is_permanent: bool, is_taken: bool, gateway: FakeGateway
) -> None:
    gateway.answer(word)
    started = monotonic()
    with pytest.raises(NotDelivered) as failed:
        send()
    assert monotonic() - started < 10 * PATIENCE
    assert (failed.value.code, failed.value.is_permanent) == (code, is_permanent)
    assert not isinstance(failed.value, WayClosed)
    assert (gateway.calls["17"], "17" in gateway.messages) == (1, is_taken)


def test_lost_answer_is_made_good_by_the_same_reference(gateway: FakeGateway) -> None:
    gateway.answer("cut", "garbage", "ok")
    for _ in range(2):
        with pytest.raises(NotDelivered):
            send()
    assert send() == "gw-17"
    assert (len(gateway.messages), gateway.calls["17"]) == (1, 3)


@pytest.mark.parametrize(
    ("word", "code", "wait", "is_alarming"),
    [
        ("quota", "quota_used", None, True),
        ("token", "token_refused", TOKEN_WAIT, True),
        ("busy:7", "too_many", timedelta(seconds=7), False),
        ("busy:0", "too_many", SHORTEST_WAIT, False),
        ("busy:999999999999", "too_many", LONGEST_WAIT, False),
        ("busy:besok", "too_many", USUAL_WAIT, False),
        ("busy", "too_many", USUAL_WAIT, False),
    ],
)
def test_closed_way_says_how_long(
    word: str, code: str, wait: timedelta | None, *, is_alarming: bool, gateway: FakeGateway
) -> None:
    gateway.answer(word)
    with pytest.raises(WayClosed) as closed:
        send()
    found = closed.value
    assert (found.code, found.wait, found.is_alarming) == (code, wait, is_alarming)
    assert not found.is_permanent
    assert gateway.messages == {}


def test_closed_way_may_name_an_instant(gateway: FakeGateway) -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)
    gateway.answer(f"busy:{format_datetime(later, usegmt=True)}")
    with pytest.raises(WayClosed) as closed:
        send()
    assert closed.value.wait is not None
    assert timedelta(seconds=60) < closed.value.wait <= timedelta(seconds=90)


def test_wrong_token_closes_the_way(gateway: FakeGateway) -> None:
    gateway.token = "another"  # noqa: S105  of the fake
    with pytest.raises(WayClosed) as closed:
        send()
    assert (closed.value.code, gateway.messages) == ("token_refused", {})


def test_nobody_there_is_said_at_once(gateway: FakeGateway) -> None:
    with fake_gateway() as gone:
        address = gone.url
    with override_settings(NOTIFY_URL=address), pytest.raises(NotDelivered) as failed:
        send()
    assert failed.value.code == "gateway_unreachable"


def test_name_that_holds_the_number_is_not_kept(gateway: FakeGateway) -> None:
    gateway.answer("number")
    assert send() == ""
    assert len(gateway.messages) == 1


def test_gateway_proves_who_it_is(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = own_certificate(tmp_path)
    context.load_cert_chain(authority)
    with (
        fake_gateway(tls=context) as gateway,
        override_settings(**gateway.settings(), NOTIFY_SECONDS=5),
    ):
        with pytest.raises(NotDelivered) as failed:
            send()
        assert (failed.value.code, gateway.messages) == ("gateway_certificate", {})
        with override_settings(NOTIFY_CA_FILE=str(authority)):
            assert send() == "gw-17"
            other = gateway.url.replace("127.0.0.1", "localhost")
            with override_settings(NOTIFY_URL=other), pytest.raises(NotDelivered) as failed:
                send("18")
        assert (failed.value.code, list(gateway.messages)) == ("gateway_certificate", ["17"])


def own_certificate(folder: Path) -> Path:
    """A key with a certificate for 127.0.0.1 that nobody else vouches for, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gerbang")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "gateway.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
