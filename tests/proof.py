"""What must be true after each fault of syncing: nothing lost, nothing twice, nobody else's rows.

Each test that is named after a fault (`test_f7_…`) is watched: whatever the server tells phones in
it is noted, and compared with what the server holds when the test has done its own.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest

from enrollment.models import Consent, Member, MemberChange, Prospect
from retention.models import Attempt
from sync.api.answers import page_text, pushed_body
from sync.models import BookEntry, Conflict, Epoch, Operation, Outbox, Upload

FAULT: Final = re.compile(r"test_f\d+_")
LATER_WORD: Final = frozenset({"conflict", "blocked"})  # another one may follow
Ids = Iterable[UUID]

OWNERS: Final[dict[str, Callable[[Ids], Any]]] = {
    "member": lambda ids: Member.objects.filter(pk__in=ids).values_list("pk", "agent"),
    "prospect": lambda ids: Prospect.objects.filter(pk__in=ids).values_list("pk", "agent"),
    "pebble": lambda ids: Conflict.objects.filter(pk__in=ids).values_list("pk", "agent"),
    "op_result": lambda ids: Operation.objects.filter(op_id__in=ids, same_as=None).values_list(
        "op_id", "agent"
    ),
}
MADE_BY: Final[dict[str, Any]] = {
    "member.register": Member,
    "prospect.record": Prospect,
    "follow_up.attempt": Attempt,
    "consent.record": Consent,
    "attachment.declare": Upload,
    "pebble.lay": Conflict,
}


class Told(NamedTuple):
    """A final word on an operation."""

    op_id: str
    word: str
    code: str
    is_first: bool


class Watch:
    """What phones are told while a test runs."""

    def __init__(self) -> None:
        self.epoch = epoch_now()
        self.told: list[Told] = []
        self.shown: set[tuple[str, str, str]] = set()  # book, entity, id

    def hear(self, results: Iterable[Mapping[str, Any]]) -> None:
        """The lines of one answer to a push; of one whose id was used again, nothing is kept."""
        for line in results:
            said = line.get("first", line)
            code = said.get("problem", {}).get("code") or said.get("code", "")
            if said["result"] == "retry" or code == "op_id_reuse":
                continue
            is_first = line["result"] != "duplicate"
            self.told.append(Told(str(line["op_id"]), said["result"], code, is_first))

    def see(self, book_id: object, changes: Iterable[Mapping[str, Any]]) -> None:
        """The changes of one page."""
        puts = (change for change in changes if change["op"] == "put")
        self.shown.update((str(book_id), change["e"], change["id"]) for change in puts)

    def faults(self) -> list[str]:
        """What is lost, what is there twice, what is somebody else's."""
        return [*self._lost(), *_gaps(), *self._twice(), *self._foreign()]

    def _lost(self) -> Iterator[str]:
        """What a phone heard is in the inbox for ever, unless a later word followed."""
        kept = Operation.objects.filter(op_id__in={one.op_id for one in self.told}, same_as=None)
        found = {str(row.op_id): row for row in kept.defer("body")}
        for one in self.told:
            row = found.get(one.op_id)
            if row is None:
                yield f"lost: {one}"
            elif (row.result, row.code) != (one.word, one.code) and not (
                one.word in LATER_WORD or row.kind == "attachment.declare"
            ):
                yield f"lost: {one} is {row.result} {row.code}"
        for kind, model in MADE_BY.items():
            rows = [row for row in found.values() if (row.kind, row.result) == (kind, "applied")]
            wanted = {row.entity_id for row in rows}
            there = model.objects.filter(pk__in=wanted).values_list("pk", flat=True)
            yield from (f"lost: effect of {kind} {pk}" for pk in wanted - set(there))

    def _twice(self) -> Iterator[str]:
        """One first word on each operation in each history, one change for each group of fields."""
        histories = len({self.epoch, epoch_now()})
        first = Counter(one.op_id for one in self.told if one.is_first)
        yield from (f"twice: {op_id}" for op_id, times in first.items() if times > histories)
        changes = MemberChange.objects.exclude(op_id=None).values_list("op_id", "member", "group")
        yield from (f"twice: {one}" for one, times in Counter(changes).items() if times > 1)

    def _foreign(self) -> Iterator[str]:
        """A book holds rows of its own agent alone, and a page has shown those of its book."""
        known: set[tuple[str, str, str]] = set()
        present: dict[str, list[tuple[UUID, UUID]]] = {}
        entries = BookEntry.objects.values_list(
            "book", "book__agent", "entity", "entity_id", "is_present"
        )
        for book_id, agent_id, entity, row_id, is_present in entries:
            known.add((str(book_id), entity, str(row_id)))
            if is_present:
                present.setdefault(entity, []).append((row_id, agent_id))
        yield from (f"foreign: a page showed {row}" for row in self.shown - known)
        for entity, rows in present.items():
            owners = dict(OWNERS[entity]([row_id for row_id, _ in rows]))
            for row_id, agent_id in rows:
                if owners.get(row_id) not in {None, agent_id}:
                    yield f"foreign: {entity} {row_id}"


def epoch_now() -> str:
    """The name of the database's history."""
    return Epoch.objects.values_list("name", flat=True).get()


def _gaps() -> Iterator[str]:
    """The places of each outbox are 1 to the last one."""
    places: dict[UUID, list[int]] = {}
    for device, seq in Operation.objects.order_by("seq").values_list("device", "seq"):
        places.setdefault(device, []).append(seq)
    for device, last_seq in Outbox.objects.values_list("device", "last_seq"):
        if places.get(device, []) != list(range(1, last_seq + 1)):
            yield f"lost: places of {device}"


_watch: Watch | None = None


def heard(results: Iterable[Mapping[str, Any]]) -> None:
    """What a phone was told by another process."""
    if _watch is not None:
        _watch.hear(results)


@contextmanager
def watching() -> Iterator[Watch]:
    """Note what phones are told, until the block ends."""
    watch = Watch()

    def push(pushed: Any) -> dict[str, Any]:
        body = pushed_body(pushed)
        watch.hear(body["results"])
        return body

    def page(found: Any) -> bytes:
        watch.see(found.book_id, json.loads(b"[%s]" % b",".join(found.changes)))
        return page_text(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.api.views.pushed_body", push)
        patch.setattr("sync.api.views.page_text", page)
        patch.setattr("tests.proof._watch", watch)
        yield watch


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """After a fault's own assertions, while its world still stands."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    has_database = "db" in fixtures or item.get_closest_marker("django_db") is not None
    if not (FAULT.match(item.name) and has_database):
        return (yield)
    with watching() as watch:
        done = yield
        assert watch.faults() == []
    return done
