"""The worked examples of the contract."""

import hashlib

import pytest
from django.db import connection

from sync.services.digest import book_digest, canonical, digest_of
from sync.services.envelope import parse_push

OP = {
    "op_id": "01a1f155-e260-7a10-8c00-0000000000b2",
    "seq": 43,
    "kind": "follow_up.attempt",
    "v": 1,
    "entity_id": "01a1f155-e260-7a10-8c00-0000000000b3",
    "at": "2026-11-19T08:05:00.000+07:00",
    "data": {
        "member_id": "01a0fa8d-eb80-7a10-8c00-000000000127",
        "unpaid_since": "2026-09",
        "channel": "visit",
        "contact": "met_member",
        "decision": "promised",
        "promise_on": "2026-11-25",
    },
}
DIGEST = "8c85a39ce686623a9f777d762579bd8dd42fdc71d8ebb99034e69981ff6965d2"
LEAVES = [
    ("member:01a1ec6f-9ca0-7a10-8c00-0000000001a7:812", "aa1887f38643ba84", "aa1887f38643ba84"),
    ("member:01a0fa8d-eb80-7a10-8c00-000000000127:815", "81af245d832a5acd", "2bb7a3ae0569e049"),
    ("prospect:01a19ac4-1d80-7a10-8c00-000000000c01:640", "c883360f3179f785", "e33495a1341017cc"),
]


def test_the_contracts_operation_is_343_bytes_with_its_digest() -> None:
    text = canonical(OP)
    assert len(text) == 343
    assert text.startswith(b'{"at":"2026-11-19T08:05:00.000+07:00","data":{"channel":"visit"')
    assert digest_of(text).hex() == DIGEST


def test_the_place_is_no_part_of_the_digest() -> None:
    assert canonical(OP) == canonical(OP | {"seq": 1})


def test_a_parsed_batch_carries_the_digest() -> None:
    (sent,) = parse_push({"first_seq": 43, "ops": [OP]}).ops
    assert sent.digest.hex() == DIGEST


def test_letters_outside_ascii_are_not_escaped() -> None:
    assert canonical({"b": "é", "a": None, "seq": 1}) == '{"a":null,"b":"é"}'.encode()


def test_the_contracts_leaves_xor_to_its_digest() -> None:
    whole = 0
    for text, leaf, so_far in LEAVES:
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == leaf
        whole ^= int.from_bytes(bytes.fromhex(leaf), "big", signed=True)
        assert book_digest(whole) == so_far


def test_an_empty_book_has_the_digest_of_zeros() -> None:
    assert book_digest(0) == "0000000000000000"


@pytest.mark.django_db
def test_postgresql_computes_the_same_digest() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bit_xor(('x' || encode(substring(sha256(convert_to(text, 'UTF8')) FOR 8),"
            " 'hex'))::bit(64)::bigint) FROM unnest(%s::text[]) AS text",
            [[text for text, _, _ in LEAVES]],
        )
        (leaves,) = cursor.fetchone() or (0,)
    assert book_digest(leaves) == LEAVES[-1][2]
