"""No log line holds personal data or a secret, whoever writes it and however."""

import json
import logging
import string
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from config.logging import redacting_formatter
from config.redaction import HIDDEN, redact_text, redact_value

NIKS = st.text("0123456789", min_size=16, max_size=16)
KPJS = st.text("0123456789", min_size=11, max_size=11)
NATIONAL = st.text("0123456789", min_size=8, max_size=11).map("8{}".format)
TOKENS = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.text(string.ascii_letters + " ", max_size=20)
NAMES = st.text(string.ascii_letters, min_size=6, max_size=12).map("Zq{}".format)


class Pipeline:
    """Both renderers behind our formatter, written to by any logger."""

    def __init__(self) -> None:
        self.streams = [StringIO(), StringIO()]
        self.handlers = [logging.StreamHandler(stream) for stream in self.streams]
        for handler, as_json in zip(self.handlers, [True, False], strict=True):
            handler.setFormatter(redacting_formatter(as_json=as_json))

    def lines(self) -> str:
        """Everything that was written since the last look."""
        written = "".join(stream.getvalue() for stream in self.streams)
        for stream in self.streams:
            stream.seek(0)
            stream.truncate()
        return written


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """Hung on the root logger, as in production."""
    made = Pipeline()
    root = logging.getLogger()
    for handler in made.handlers:
        root.addHandler(handler)
    yield made
    for handler in made.handlers:
        root.removeHandler(handler)


def fail(secret: str) -> None:
    """An error whose text holds what it should not."""
    raise ValueError(f"bad value {secret}")


def log_failure(log: Any, secret: str) -> None:
    """Log an error with its traceback."""
    try:
        fail(secret)
    except ValueError:
        log.exception("thing_failed")


OURS, THEIRS = structlog.get_logger("perisai.tests"), logging.getLogger("library.of.others")
WAYS: dict[str, Callable[[str], None]] = {
    "event": lambda secret: OURS.warning(f"seen {secret}"),
    "value": lambda secret: OURS.warning("thing_seen", note=f"it was {secret}."),
    "nested": lambda secret: OURS.warning("thing_seen", rows=[{"a": ({"b": secret},)}]),
    "key": lambda secret: OURS.warning("thing_seen", rows={secret: 1}),
    "object": lambda secret: OURS.warning("thing_seen", thing=ValueError(secret)),
    "foreign": lambda secret: THEIRS.warning("seen %s in %r", secret, {"x": secret}),
    "traceback": lambda secret: log_failure(OURS, secret),
    "foreign traceback": lambda secret: log_failure(THEIRS, secret),
}


@pytest.mark.parametrize("way", WAYS)
@given(secret=NIKS | KPJS | TOKENS | NATIONAL.map("+62{}".format))
def test_no_nik_kpj_phone_or_token_leaves(pipeline: Pipeline, secret: str, way: str) -> None:
    WAYS[way](secret)
    written = pipeline.lines()
    assert secret not in written
    assert len([line for line in written.splitlines() if HIDDEN in line]) == 2


@given(national=NATIONAL, before=WORDS, after=WORDS)
@pytest.mark.parametrize("shape", ["+62{}", "62{}", "0{}", "{}", "(+62) {}", "+62-{}", "+62 {}"])
def test_phone_in_any_writing_is_hidden(shape: str, national: str, before: str, after: str) -> None:
    text = f"{before} {shape.format(national)} {after}"
    assert national not in redact_text(text)
    assert redact_text(text).split(HIDDEN) == [f"{before} ", f" {after}"]


@pytest.mark.parametrize("gap", ["-", " ", "."])
def test_grouped_numbers_are_hidden(gap: str) -> None:
    phone = gap.join(["0812", "3456", "7890"])
    nik = gap.join(["3300", "0511", "1190", "0001"])
    assert redact_text(f"call {phone} or {nik} now") == f"call {HIDDEN} or {HIDDEN} now"


def test_kpj_of_eleven_digits_is_hidden_and_its_neighbours_are_not() -> None:
    assert redact_text("kpj 12345678901 found") == f"kpj {HIDDEN} found"
    assert redact_text("bill of 1234567890 rupiah") == "bill of 1234567890 rupiah"
    assert redact_text("load 123456789012 bytes") == "load 123456789012 bytes"


# fmt: off
KNOWN_KEYS = [
    "name", "full_name", "member_name", "mother_maiden_name", "witness", "address_line",
    "home_address", "login", "body", "data", "Set-Cookie", "new_password", "nik", "nik_index",
    "phone", "email", "kpj", "authorization", "access_token", "otp",
]
# fmt: on


@given(name=NAMES, key=st.sampled_from(KNOWN_KEYS))
def test_value_under_a_known_key_never_leaves(pipeline: Pipeline, name: str, key: str) -> None:
    log: Any = structlog.get_logger("perisai.tests")
    log.warning("thing_seen", **{key: name}, rows=[{key: {"deep": name}}])
    written = pipeline.lines()
    assert name not in written
    assert written.count(HIDDEN) == 4


def test_context_of_a_request_is_redacted_too(pipeline: Pipeline) -> None:
    with structlog.contextvars.bound_contextvars(seen="3300005111900001", phone="x-y-z"):
        structlog.get_logger("perisai.tests").warning("thing_seen")
    line = json.loads(pipeline.lines().splitlines()[0])
    assert (line["seen"], line["phone"]) == (HIDDEN, HIDDEN)


def test_what_operators_need_stays(pipeline: Pipeline) -> None:
    row = uuid4()
    structlog.get_logger("perisai.tests").warning(
        "payment_posted", row=row, text=f"row {row}", amount=12_345_678_901, seconds=0.0812345678,
        code=404, key_id=2, done=True, nothing=None, months=["2026-11"],
    )  # fmt: skip
    line = json.loads(pipeline.lines().splitlines()[0])
    assert line.pop("timestamp").startswith("20")
    assert line == {
        "event": "payment_posted",
        "level": "warning",
        "logger": "perisai.tests",
        "row": f"UUID('{row}')",
        "text": f"row {row}",
        "amount": 12_345_678_901,
        "seconds": 0.0812345678,
        "code": 404,
        "key_id": 2,
        "done": True,
        "nothing": None,
        "months": ["2026-11"],
    }


@given(row=st.uuids())
def test_uuid_is_never_hidden(row: UUID) -> None:
    assert redact_text(f"row {row}, again {row}.") == f"row {row}, again {row}."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-ghi_jkl/mno", f"Authorization: Bearer {HIDDEN}"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln done", f"token {HIDDEN} done"),
        ("at postgres://app:s3cr3t@db:5432/perisai", f"at postgres://{HIDDEN}db:5432/perisai"),
        ("mail siti.a+b@contoh.test now", f"mail {HIDDEN} now"),
        ("session k3j5h2k4j5h6k7j8h9g0f1d2s3a4p5o6", f"session {HIDDEN}"),
        ("key 3q2+7wABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh01I=", f"key {HIDDEN}"),
        ("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", HIDDEN),
        (f"token {'a' * 64}", f"token {HIDDEN}"),
        ("2026-11-21T10:55:53.809794Z took 0.25 s", "2026-11-21T10:55:53.809794Z took 0.25 s"),
        ('File "perisai/services/keys.py", line 12', 'File "perisai/services/keys.py", line 12'),
    ],
)
def test_token_shapes(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_endless_nesting_ends_hidden() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert HIDDEN in repr(redact_value(endless))


@pytest.mark.django_db
def test_request_is_logged_by_its_route_alone(pipeline: Pipeline, client: Client) -> None:
    pipeline.lines()
    client.get("/api/v1/members/rahasia-sekali?q=Zqaminah", headers={"X-Note": "Zqaminah"})
    client.get("/health/live?q=Zqaminah")
    written = pipeline.lines()
    assert "Zqaminah" not in written
    assert "rahasia-sekali" not in written
    assert '"request": "GET /health/live"' in written
