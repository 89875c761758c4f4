"""No form, however odd, stops its phone: each is taken or refused by a rule, none by a fault."""

import copy
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any, Final

import pytest
from time_machine import travel

from perisai.ids import new_id
from sync.models import Operation
from tests.factories.enrollment import registration_data
from tests.phone.outbox import OP_DEPTH
from tests.phone.wire import depth
from tests.sync.phones import Body, Phone, registering_phone
from tests.sync.test_corpus import FILES, RECEIVED, entries

pytestmark = pytest.mark.django_db

SENT: Final[list[Body]] = [entry["op"] for file in FILES for entry in entries(file)]
OFTEN_ABSENT: Final = {
    "member.register": ("payer", "household_of", "heirs", "prospect_id", "bill_code", "email"),
    "member.close": ("duplicate_of", "note"),
    "follow_up.attempt": ("place", "payment_reference", "promise_on"),
    "prospect.record": ("phone", "next_on", "note"),
}
BLANK: Final = " "
ODD: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1, 2**31, 2**53, -(2**53), "", "0", "-", ".", "1e5", "%s", "O'"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "2026-13", "2026-11-18T09:00"),
    *("9999-12-31T23:59:59+14:00", "1900-01-01T00:00:00Z", "2200-12-31T23:59:59-12:00"),
    *("x" * 300, "ﷺ" * 60, "ŉ" * 60, "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "\u0301", "\u200b", "\u202e", "\uffff"),
    *("🐢", "a\nb", "İ", "0" * 20, "+6281234567890", "01A1EC6F-9CA0-7A10-8C00-0000000003A7"),
    *([], [None], [[]], [{}], {}, {"code": []}, {"id": {}, "kind": "apbd"}, ["JKK"] * 9),
    *({"id": 2**53, "kind": None}, [{"name": 5, "relation": {}}]),
)
IN_A_PUSH: Final = 150
OF_A_RECORD: Final = frozenset({"member.correct", "member.close", "heir.set"})


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Each container of a form with a key of it, from the outermost on."""
    keys: Any = range(len(data)) if isinstance(data, list) else list(data)
    for key in keys:
        yield data, key
        if isinstance(data[key], list | dict):
            yield from places(data[key])


def forms() -> list[Body]:
    """The fullest form of each kind, of a correction of each group, with what it may say beside."""
    by_size = sorted(SENT, key=lambda op: len(list(places(op["data"]))))
    found = {(op["kind"], op["data"].get("group"), op["data"].get("about")): op for op in by_size}
    return [
        {**op, "data": dict.fromkeys(OFTEN_ABSENT.get(op["kind"], ())) | op["data"]}
        for op in found.values()
    ]


def renewed(form: Body, seq: int) -> Body:
    """The same once more, about somebody new where it makes somebody."""
    op = copy.deepcopy(form)
    if op["kind"] == "member.register":
        op["data"] |= {name: registration_data(seq)[name] for name in ("nik", "birth_date", "sex")}
    is_about_a_record = op["kind"] in OF_A_RECORD or op.get("base_rev") is not None
    entity_id = op["entity_id"] if is_about_a_record else str(new_id())
    return op | {"seq": seq, "op_id": str(new_id()), "entity_id": entity_id}


def spoilt_forms(first: int) -> Iterator[Body]:
    """Each form with a blank at each of its places, and with something that nobody expects."""
    odd, seq = cycle(ODD), count(first)
    for form in forms():
        for number, _place in enumerate(places(form["data"])):
            for value in (BLANK, next(odd)):
                op = renewed(form, next(seq))
                holder, key = list(places(op["data"]))[number]
                holder[key] = value
                if depth(op) > OP_DEPTH:  # no phone calls a deeper one saved
                    holder[key] = None
                yield op


def push_all(phone: Phone, ops: list[Body]) -> None:
    """Whatever the time box leaves of a batch is sent again."""
    while ops:
        answer = phone.send(ops)
        assert answer.status_code == 200, answer.content
        ops = [op for op in ops if op["seq"] > answer.json()["ack_seq"]]


def test_an_odd_form_is_taken_or_refused_by_a_rule() -> None:
    with travel(RECEIVED, tick=False):
        phone = registering_phone()
        push_all(phone, [op | {"seq": seq} for seq, op in enumerate(SENT, start=1)])
        spoilt = list(spoilt_forms(len(SENT) + 1))
        for begin in range(0, len(spoilt), IN_A_PUSH):
            push_all(phone, spoilt[begin : begin + IN_A_PUSH])
        parked = set(Operation.objects.filter(code="parked").values_list("seq", flat=True))
        assert [op["data"] for op in spoilt if op["seq"] in parked] == []
        assert Operation.objects.count() == len(SENT) + len(spoilt) > 180
        phone.pull()
        assert phone.agrees()
