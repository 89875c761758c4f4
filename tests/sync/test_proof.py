"""What watches the tests of faults finds what is lost, there twice, or somebody else's."""

from collections.abc import Callable

import pytest

from enrollment.models import MemberChange
from perisai.ids import new_id
from sync.models import Book, Conflict, Outbox
from sync.services import book
from tests.factories.enrollment import MemberFactory
from tests.proof import FAULT, Watch, watching
from tests.savepoints import taken_back
from tests.sync.pebbles import KIND, lay_op
from tests.sync.phones import Phone, op, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]
Plant = Callable[[Watch, Phone, Phone], object]


def answer_is_rolled_back(watch: Watch, phone: Phone, other: Phone) -> None:
    with taken_back():
        phone.push(lay_op(3))


def word_is_another(watch: Watch, phone: Phone, other: Phone) -> None:
    (result,) = phone.push(lay_op(3, weight=-1))
    watch.hear([{"op_id": result["op_id"], "result": "duplicate", "first": {"result": "applied"}}])


def effect_is_gone(watch: Watch, phone: Phone, other: Phone) -> None:
    sent = lay_op(3)
    phone.push(sent)
    Conflict.objects.filter(pk=sent["entity_id"]).delete()


def place_is_missing(watch: Watch, phone: Phone, other: Phone) -> None:
    Outbox.objects.filter(device=phone.device).update(last_seq=3)


def done_twice(watch: Watch, phone: Phone, other: Phone) -> None:
    watch.hear(phone.push(op(3)))


def changed_twice(watch: Watch, phone: Phone, other: Phone) -> None:
    member, op_id = MemberFactory.create(agent=phone.device.agent), new_id()
    MemberChange.objects.bulk_create(
        MemberChange(
            member=member,
            rev=rev,
            group="contact",
            fields=["rt"],
            agent=phone.device.agent,
            op_id=op_id,
            changed_at=member.created_at,
        )
        for rev in (2, 3)
    )


def put_into_anothers_book(watch: Watch, phone: Phone, other: Phone) -> None:
    pebble = Conflict.objects.get(kind=KIND, agent=owner(other))
    with book.recording() as changes:
        changes.put(owner(phone), KIND, [pebble.pk])


def shown_on_anothers_page(watch: Watch, phone: Phone, other: Phone) -> None:
    pebble = Conflict.objects.get(kind=KIND, agent=owner(other))
    mine = Book.objects.get(agent=owner(phone))
    watch.see(mine.pk, [{"op": "put", "e": KIND, "id": str(pebble.pk)}])


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (answer_is_rolled_back, ["lost"]),
        (word_is_another, ["lost"]),
        (effect_is_gone, ["lost"]),
        (place_is_missing, ["lost"]),
        (done_twice, ["twice"]),
        (changed_twice, ["twice"]),
        (put_into_anothers_book, ["foreign"]),
        (shown_on_anothers_page, ["foreign"]),
    ],
    ids=lambda given: getattr(given, "__name__", None),
)
def test_each_planted_fault_is_found(
    phone: Phone, other: Phone, plant: Plant, found: list[str]
) -> None:
    with watching() as watch:
        phone.push(lay_op(1), lay_op(2, fault="conflict"))
        other.push(lay_op(1))
        for one in (phone, other):
            one.pull()
        assert watch.faults() == []
        plant(watch, phone, other)
        assert [fault.partition(":")[0] for fault in watch.faults()] == found


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("test_f7_database_restarts_mid_batch", True),
        ("test_f3_cut_after_k_bytes[half]", True),
        ("test_fifty_rows_cost_what_one_costs", False),
        ("test_p3_prefix_after_a_crash", False),
    ],
)
def test_who_is_watched(name: str, is_one: bool) -> None:  # noqa: FBT001  a column of the table
    assert bool(FAULT.match(name)) is is_one
