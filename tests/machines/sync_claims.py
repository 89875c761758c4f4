"""What must be true of phones and server after any history, by the number of the claim."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import time_machine

from enrollment.cover import cover_state
from enrollment.models import (
    Consent,
    ConsentWithdrawal,
    Heir,
    Member,
    MemberChange,
    Prospect,
    ProspectContact,
    SubjectRequest,
)
from enrollment.services.cover_days import cover_day
from payments.models import (
    Bill,
    BillLine,
    Channel,
    EntryKind,
    JournalEntry,
    Payment,
    ReservedCode,
)
from perisai import clock
from perisai.models import User
from perisai.months import format_month
from retention.models import Attempt
from retention.services.follow_ups import work_list
from sync.models import Book, BookEntry, Operation, Outbox, Upload
from sync.registry import read_rows
from tests.machines.sync_world import Handset
from tests.phone.outbox import TERMINAL
from tests.phone.store import Store
from tests.phone.wire import body_digest

OPEN_WORDS: Final = frozenset({"conflict", "blocked"})  # a later word follows
REFUSED_LATER: Final = ("attachment.declare", "rejected")  # no picture, or never sent
LATER_BY: Final = timedelta(days=70)
CREDIT, RELEASE = Channel.CREDIT, EntryKind.RELEASE
COPIED: Final = ("token", "agent", "agent_id", "config", "config_read_at", "pushed_at")


def p1_nothing_is_lost(handsets: Iterable[Handset]) -> None:
    """What a phone heard is in the inbox: the same body, the same word unless a later one came."""
    for handset in handsets:
        heard = {op.op_id: op for op in handset.phone.outbox.all_ops() if op.result is not None}
        stored = Operation.objects.filter(op_id__in=list(heard), same_as=None)
        found = {str(row.op_id): row for row in stored}
        for op_id, op in heard.items():
            assert op.result is not None
            row = found[op_id]
            assert bytes(row.digest).hex() == body_digest(op.body)
            is_refused_later = (row.kind, row.result) == REFUSED_LATER
            assert is_refused_later or op.result["result"] in OPEN_WORDS | {row.result}


def p3_prefix_after_a_crash() -> None:
    """The places of every device are 1 to the last one, each with a word."""
    places: dict[UUID, list[int]] = {}
    rows = Operation.objects.order_by("device", "seq").values_list("device", "seq", "result")
    for device, seq, word in rows:
        assert word in TERMINAL
        places.setdefault(device, []).append(seq)
    for device, last_seq in Outbox.objects.values_list("device", "last_seq"):
        assert places.get(device, []) == list(range(1, last_seq + 1))


def p5_p6_rows_are_those_of_the_own_book(handsets: Iterable[Handset]) -> None:
    """Up to the version that it has reached a phone holds each row, none that left, no other's."""
    books: dict[UUID, dict[tuple[str, str], tuple[int, bool]]] = {}
    for handset in handsets:
        agent_id = handset.agent.pk
        if agent_id not in books:
            books[agent_id] = entries_of(agent_id)
        entries, held, reached = books[agent_id], handset.held(), handset.phone.book.version
        assert held.keys() <= entries.keys()
        for key, (version, is_present) in entries.items():
            if version <= reached:
                assert held.get(key) == (version if is_present else None)


def p2_effects_happen_once(handsets: Iterable[Handset]) -> None:
    """Everything that is kept is sent once more: nothing changes."""
    before = state()
    for handset in handsets:
        handset.phone.store.db.execute("UPDATE op SET is_open = 1 WHERE seq IS NOT NULL")
        assert handset.heal().is_done
    after = state()
    assert {name for name in after if after[name] != before[name]} == set()


def p4_phones_converge(handset: Handset) -> None:
    """Rows, contents and digest are the server's."""
    agent_id, phone = handset.agent.pk, handset.phone
    present = {key: ver for key, (ver, is_present) in entries_of(agent_id).items() if is_present}
    assert handset.held() == present
    for entity in {entity for entity, _ in present}:
        ids = [UUID(row_id) for name, row_id in present if name == entity]
        rows = {str(key): row for key, row in read_rows(entity, agent_id, ids).items()}
        assert phone.book.rows(entity) == json.loads(json.dumps(rows, default=str))


def p6_only_my_book(handset: Handset) -> None:
    """After the drop was acknowledged nobody of somebody else is left."""
    for entity, model in (("member", Member), ("prospect", Prospect)):
        mine = model._default_manager.filter(agent=handset.agent).values_list("pk", flat=True)
        assert set(handset.phone.book.rows(entity)) <= {str(pk) for pk in mine}


def p11_pages_equal_the_whole(handset: Handset, sizes: Iterable[int]) -> None:
    """Walks in pages of any size, and all the deltas that the phone has lived through: one book."""
    for size in sizes:
        store = Store()
        store.remember(**{name: handset.phone.store.fact(name) for name in COPIED})
        twin = Handset(handset.agent, store=store)
        twin.skew = handset.skew
        twin.phone.loop.fetching.page_bytes = size
        assert twin.heal().is_done
        assert twin.held() == handset.held()
        assert twin.phone.members() == handset.phone.members()


def p13_counts_are_true(handset: Handset, supervisor: User) -> None:
    """What the agent reads is what her supervisor counts."""
    seen = Member.objects.visible_to(supervisor).filter(agent=handset.agent, merged_into=None)
    met = Prospect.objects.filter(agent=handset.agent, member=None)
    counted = handset.phone.numbers().confirmed
    assert counted.get("member", 0) == seen.count()
    assert counted.get("prospect", 0) == met.count()


def p14_time_changes_nothing_stored(handset: Handset) -> None:
    """The clock alone raises no book, and both sides derive the same from the same rows."""
    before = versions()
    for days in (timedelta(), LATER_BY):
        with time_machine.travel(clock.now() + days, tick=False):
            _must_agree_on(handset, clock.today())
    assert versions() == before


def _must_agree_on(handset: Handset, today: date) -> None:
    book, agent = handset.phone.book, handset.agent
    members = Member.objects.filter(pk__in=[UUID(key) for key in book.rows("member")])
    day = cover_day(today)
    expected = {
        str(one.pk): cover_state(one.paid_through, closed_on=one.closed_on, day=day).value
        for one in members
    }
    with_lease(handset)
    assert handset.phone.cover_states(today) == expected
    lines = [
        {
            "member_id": str(item.member_id),
            "kinds": [str(kind) for kind in item.kinds],
            "unpaid_since": format_month(item.unpaid_since) if item.unpaid_since else None,
            "lapses_on": item.lapses_on.isoformat() if item.lapses_on else None,
            "priority": item.priority,
            "priority_parts": dict(item.parts),
        }
        for item in work_list(agent.pk, as_of=today)
    ]
    assert handset.phone.work_list(today) == lines


def with_lease(handset: Handset) -> None:
    """The phone had contact a moment ago."""
    lease = handset.time() + timedelta(days=1)
    handset.phone.store.remember(lease_until=lease.isoformat())


@dataclass(frozen=True, kw_only=True)
class Money:
    """The journal's length, everybody's cover, and the payments that wait under a code."""

    entries: int
    cover: Mapping[UUID, date | None]
    held: frozenset[UUID]


def money() -> Money:
    """As it stands."""
    covered = Member.objects.exclude(paid_through=None)
    held = Payment.objects.held().exclude(reservation=None)
    return Money(
        entries=JournalEntry.objects.count(),
        cover=dict(covered.values_list("pk", "paid_through")),
        held=frozenset(held.values_list("pk", flat=True)),
    )


def p9_money_is_untouched(before: Money) -> None:
    """No push has moved anything, but for money that was held under a code which it has bound.

    Credit that such money left may pay the next bill of its member, which a form asks for.
    """
    after = money()
    if after == before:
        return
    more = JournalEntry.objects.order_by("-pk")[: after.entries - before.entries]
    by_credit = [one.payment for one in more if one.payment and one.payment.channel == CREDIT]
    released = Counter(
        one.payment_id for one in more if one.kind == RELEASE and one.payment_id is not None
    )
    assert released == Counter(before.held - after.held)
    assert after.held <= before.held
    assert len(more) == released.total() + len(by_credit)
    bills = [one.bill_id for one in Payment.objects.filter(pk__in=released)]
    bills += [one.bill_id for one in by_credit]
    owners = set(BillLine.objects.filter(bill__in=bills).values_list("member", flat=True))
    moved = {pk for pk, month in after.cover.items() if before.cover.get(pk) != month}
    assert moved <= owners
    assert before.cover.keys() <= after.cover.keys()


def state() -> dict[str, Any]:
    """All that operations may have changed."""
    members = [
        (
            *(one.pk, one.agent_id, one.rev, one.full_name, one.phone, one.address_line),
            *(one.income_monthly, one.paid_through, one.closed_on, one.merged_into_id),
            *(one.programmes, one.closed_reason),
        )
        for one in Member.objects.order_by("pk")
    ]
    people = [(one.pk, one.rev, one.name, one.member_id) for one in Prospect.objects.order_by("pk")]
    heirs = Heir.objects.order_by("member", "position")
    inbox = Operation.objects.order_by("device", "seq").values_list("op_id", "result", "code")
    consents = Consent.objects.values_list("member", "purposes", "text_version")
    withdrawals = ConsentWithdrawal.objects.values_list("member", "purposes")
    return {
        "members": _digest(members),
        "prospects": _digest(people),
        "heirs": [(one.member_id, one.position, one.name, one.relation) for one in heirs],
        "inbox": list(inbox),
        "attempts": sorted(Attempt.objects.values_list("pk", flat=True)),
        "contacts": ProspectContact.objects.count(),
        "changes": MemberChange.objects.count(),
        "consents": sorted(map(repr, consents)),
        "withdrawals": sorted(map(repr, withdrawals)),
        "requests": SubjectRequest.objects.count(),
        "files": sorted(Upload.objects.values_list("pk", "state", "offset")),
        "codes": sorted(ReservedCode.objects.values_list("code", "member", "bound_at")),
        "bills": Bill.objects.count(),
        "money": money(),
        "books": versions(),
    }


def _digest(rows: list[Any]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def versions() -> dict[UUID, int]:
    """Of each book."""
    return dict(Book.objects.values_list("agent", "version"))


def entries_of(agent_id: UUID) -> dict[tuple[str, str], tuple[int, bool]]:
    """What an agent's book tells: the version of each row, and whether it is still there."""
    rows = BookEntry.objects.filter(book__agent=agent_id)
    found = rows.values_list("entity", "entity_id", "version", "is_present")
    return {(entity, str(key)): (version, present) for entity, key, version, present in found}
