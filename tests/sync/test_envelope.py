"""A bad envelope is one problem, and nothing of it is processed."""

import gzip
import io
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from perisai.api.parsers import read_body
from perisai.errors import PayloadTooLarge
from sync.models import Operation, Outbox
from tests.sync.pebbles import laid, lay_op
from tests.sync.phones import URL, Body, Phone, op, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

MIB = 1024 * 1024


def nothing_processed(phone: Phone) -> bool:
    places = Outbox.objects.filter(device=phone.device, last_seq__gt=0)
    return not places.exists() and Operation.objects.count() == 0 and laid() == 0


def without(name: str) -> Body:
    return {key: value for key, value in lay_op(2).items() if key != name}


@pytest.mark.parametrize(
    ("second", "pointer"),
    [
        (without("op_id"), "/ops/1/op_id"),
        (without("seq"), "/ops/1/seq"),
        (without("kind"), "/ops/1/kind"),
        (without("v"), "/ops/1/v"),
        (without("entity_id"), "/ops/1/entity_id"),
        (without("at"), "/ops/1/at"),
        (lay_op(3), "/ops/1/seq"),
        (lay_op(1), "/ops/1/seq"),
        ([], "/ops/1"),
        (op(2, op_id="01A1EC6F-9CA0-7A10-8C00-0000000000A1"), "/ops/1/op_id"),
        (lay_op(2) | {"v": True}, "/ops/1/v"),
        (lay_op(2) | {"v": "1"}, "/ops/1/v"),
        (lay_op(2) | {"kind": "nul\0"}, "/ops/1/kind"),
        (lay_op(2) | {"at": "2026-11-18 09:15"}, "/ops/1/at"),
        (lay_op(2) | {"at": "2026-11-18T09:15:00.000"}, "/ops/1/at"),
        (lay_op(2) | {"at": "0001-01-01T00:00:00+14:00"}, "/ops/1/at"),
        (lay_op(2) | {"at": "2026-02-30T00:00:00Z"}, "/ops/1/at"),
        (lay_op(2) | {"data": []}, "/ops/1/data"),
        (lay_op(2) | {"data": {"lat": 1.5}}, "/ops/1/data/lat"),
        (lay_op(2) | {"data": {"far": 2**53 + 1}}, "/ops/1/data/far"),
        (lay_op(2) | {"depends_on": ["x"]}, "/ops/1/depends_on"),
        (lay_op(2) | {"base_rev": "1"}, "/ops/1/base_rev"),
    ],
)
def test_one_bad_operation_refuses_the_batch(phone: Phone, second: Any, pointer: str) -> None:
    answer = phone.send([lay_op(1), second])
    assert problem(answer) == (400, "invalid_envelope")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert answer.json()["retryable"] is False
    assert nothing_processed(phone)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"first_seq": 0, "ops": []},
        {"first_seq": 1, "ops": {}},
        {"first_seq": 1, "ops": [], "outbox": {"count": -1}},
        {"first_seq": 1, "ops": [], "outbox": {"oldest_at": "yesterday"}},
    ],
)
def test_a_bad_envelope_is_refused(phone: Phone, body: Any) -> None:
    assert problem(phone.client.post(URL, body)) == (400, "invalid_envelope")


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b'{"first_seq":1,"first_seq":1,"ops":[]}',
        b'{"first_seq":NaN,"ops":[]}',
        b'{"first_seq":1,"ops":[]} x',
        b"\xff\xfe",
    ],
)
def test_what_is_no_json_is_refused(phone: Phone, text: bytes) -> None:
    answer = phone.post(text)
    assert problem(answer) == (400, "invalid_envelope")


def test_half_a_character_is_refused(phone: Phone) -> None:
    text = json.dumps({"first_seq": 1, "ops": [lay_op(1) | {"data": {"x": "\ud800"}}]}).encode()
    answer = phone.post(text)
    assert problem(answer) == (400, "invalid_envelope")
    assert nothing_processed(phone)


def test_f18_deep_json(phone: Phone) -> None:
    deep: Any = 1
    for _ in range(6):
        deep = {"x": deep}
    assert problem(phone.send([lay_op(1) | {"data": deep}])) == (400, "invalid_envelope")
    deeper = b"[" * 100_000
    answer = phone.post(deeper)
    assert problem(answer) == (400, "invalid_envelope")
    assert nothing_processed(phone)
    fits = lay_op(1)
    fits["data"]["x"] = {"x": {"x": {"x": {}}}}
    assert phone.push(fits)[0]["result"] == "applied"


@pytest.mark.parametrize(
    "ops",
    [
        [op(seq) for seq in range(1, 202)],
        [op(1, data={"code": "other", "text": "x" * 65_536})],
    ],
    ids=["201 operations", "one of 64 KiB"],
)
def test_a_cap_is_413_and_names_the_caps(phone: Phone, ops: list[Body]) -> None:
    answer = phone.send(ops)
    assert problem(answer) == (413, "payload_too_large")
    assert answer.json()["limits"] == {"ops": 200, "bytes": MIB, "op_bytes": 65_536}
    assert answer.json()["retryable"] is True
    assert nothing_processed(phone)


def test_a_body_over_one_mebibyte_is_413(phone: Phone) -> None:
    ops = [op(seq, data={"code": "other", "x": "y" * 60_000}) for seq in range(1, 19)]
    assert problem(phone.send(ops)) == (413, "payload_too_large")
    assert nothing_processed(phone)


def test_two_hundred_operations_fit(phone: Phone) -> None:
    assert len(phone.push(*(op(seq) for seq in range(1, 201)))) == 200


def zipped(phone: Phone, body: bytes, encoding: str = "gzip") -> Any:
    return phone.post(body, **{"Content-Encoding": encoding})


def test_a_body_may_be_gzip(phone: Phone) -> None:
    body = json.dumps({"first_seq": 1, "ops": [lay_op(1)]}).encode()
    assert zipped(phone, gzip.compress(body)).json()["ack_seq"] == 1
    assert laid() == 1


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_another_encoding_is_415(phone: Phone, encoding: str) -> None:
    assert problem(zipped(phone, b"{}", encoding)) == (415, "unsupported_encoding")


def bomb() -> bytes:
    """About 1 MB that inflates to 1 GB."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"0" * (8 * MIB)
    head = pack.compress(zeros) + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(zeros) + pack.flush(zlib.Z_FULL_FLUSH)  # needs nothing before it
    return head + block * 127


@pytest.fixture(scope="module")
def packed_bomb() -> bytes:
    return bomb()


def test_f16_gzip_bomb_is_stopped(phone: Phone, packed_bomb: bytes) -> None:
    assert len(packed_bomb) < 1.1 * MIB
    assert problem(zipped(phone, packed_bomb)) == (413, "payload_too_large")
    assert nothing_processed(phone)


def test_f16_a_bomb_takes_little_memory(packed_bomb: bytes) -> None:
    stream = io.BytesIO(packed_bomb)
    tracemalloc.start()
    with pytest.raises(PayloadTooLarge):
        read_body(stream, encoding="gzip", max_bytes=MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


@pytest.mark.parametrize("kept", [0, 5, 12, 40, -9, -1])
def test_f17_truncated_gzip(phone: Phone, kept: int) -> None:
    body = gzip.compress(json.dumps({"first_seq": 1, "ops": [lay_op(1)]}).encode())
    assert problem(zipped(phone, body[:kept])) == (400, "invalid_envelope")
    assert nothing_processed(phone)


def test_gzip_that_is_none_or_goes_on_is_refused() -> None:
    for raw in (b"plain", gzip.compress(b"{}") + b"more"):
        with pytest.raises(ParseError):
            read_body(io.BytesIO(raw), encoding="gzip", max_bytes=MIB)


@pytest.mark.parametrize("size", [MIB - 1, MIB])
def test_a_body_up_to_the_cap_is_read(size: int) -> None:
    raw = b"x" * size
    assert read_body(io.BytesIO(raw), encoding="", max_bytes=MIB) == raw
    packed = io.BytesIO(gzip.compress(raw))
    assert read_body(packed, encoding="gzip", max_bytes=MIB) == raw


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_one_byte_over_the_cap_is_refused(encoding: str) -> None:
    raw = b"x" * (MIB + 1)
    stream = io.BytesIO(gzip.compress(raw) if encoding else raw)
    with pytest.raises(PayloadTooLarge):
        read_body(stream, encoding=encoding, max_bytes=MIB)
