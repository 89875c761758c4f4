"""Nightly purges: what is older ends, what is younger stays, and twice is once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Q

from enrollment.models import ClosedReason, Member, Prospect, ProspectContact
from perisai import purging
from perisai.ids import new_id
from perisai.keeping import days_of
from perisai.models import Erasure, ErasureReason, LoginEvent, PurgeRun, Role
from perisai.purging import known_purges, purge_of
from perisai.services.purges import purges_behind, run_purge
from retention.models import Attempt, Reminder
from sync.models import BookEntry, CaseState, Conflict, Operation
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.factories.retention import AttemptFactory, ReminderFactory

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How a test makes a row of an age, and counts those that still hold something."""

    make: Callable[[datetime], Any]
    holding: Callable[[], int]


def operation(at: datetime, **said: Any) -> Operation:
    """A stored operation of a device of its own."""
    device = said.pop("device", None) or DeviceFactory.create()
    columns: dict[str, Any] = {
        "device": device,
        "agent": device.agent,
        "seq": 1,
        "op_id": new_id(),
        "kind": "device.note",
        "v": 1,
        "entity_id": new_id(),
        "body": {"data": {"note": "Rumah biru"}},
        "digest": bytes(32),
        "made_at": at,
        "adjusted_at": at,
        "received_at": at,
        "result": "applied",
        "outcome": {"result": "applied"},
    }
    return Operation.objects.create(**(columns | said))


def attempt(at: datetime) -> Attempt:
    """An attempt with a note."""
    member = MemberFactory.create(agent=AgentFactory.create())
    return AttemptFactory.create(member=member, tried_at=at, note="Sedang panen")


def closed_member(at: datetime) -> Member:
    """Somebody who left on that day."""
    return MemberFactory.create(closed_on=at.date(), closed_reason=ClosedReason.WITHDRAWN)


def draft(at: datetime) -> Member:
    """Somebody whose form lacks an address."""
    member = MemberFactory.create(address_line=None)
    Member.objects.filter(pk=member.pk).update(created_at=at)
    return member


def approached(at: datetime) -> Prospect:
    """Somebody whom an agent spoke to on that day."""
    prospect = Prospect.objects.create(
        agent=AgentFactory.create(),
        name="Budi",
        phone="+6281234567890",
        village_id="3515142001",
        ecosystem="desa",
        occupation_id="DES01",
    )
    contacted(prospect, at)
    return prospect


def contacted(prospect: Prospect, at: datetime) -> ProspectContact:
    """One more contact, with a note."""
    return ProspectContact.objects.create(
        prospect=prospect,
        rev=prospect.contacts.count() + 1,
        agent=prospect.agent,
        op_id=new_id(),
        outcome="interested",
        note="Budi mau",
        contacted_at=at,
    )


def tried(at: datetime) -> LoginEvent:
    """A try of nobody whom we know."""
    return LoginEvent.objects.create(step="agent", result="wrong", login_digest="abc", at=at)


def bodies() -> int:
    return Operation.objects.filter(body__isnull=False).count()


CASES = {
    "operations": Case(make=operation, holding=bodies),
    "attempts": Case(
        make=attempt, holding=lambda: Attempt.objects.filter(note__isnull=False).count()
    ),
    "members": Case(
        make=closed_member, holding=lambda: Member.objects.filter(erased_at=None).count()
    ),
    "drafts": Case(make=draft, holding=lambda: Member.objects.filter(erased_at=None).count()),
    "prospects": Case(
        make=approached, holding=lambda: Prospect.objects.filter(phone__isnull=False).count()
    ),
    "reminders": Case(
        make=lambda at: ReminderFactory.create(day=at.date()),
        holding=lambda: Reminder.objects.filter(phone_index__isnull=False).count(),
    ),
    "login_events": Case(make=tried, holding=LoginEvent.objects.count),
    "refused_forms": Case(
        make=lambda at: operation(at, kind="member.register", result="rejected"), holding=bodies
    ),
}


def purge_named(code: str) -> purging.Purge:
    found = purge_of(code)
    assert found is not None
    return found


def age(code: str, **less: int) -> datetime:
    """The instant at which the period of a purge's class ends, or somewhat after."""
    return NOW - timedelta(days=days_of(purge_named(code).of)) + timedelta(**less)


def test_every_purge_has_its_case_here() -> None:
    assert set(CASES) <= {one.code for one in known_purges()}


@pytest.mark.parametrize("code", CASES)
def test_purge_leaves_younger_rows(code: str) -> None:
    case, purge = CASES[code], purge_named(code)
    case.make(age(code, days=-2))
    case.make(age(code, days=2))
    run = run_purge(purge, now=NOW)
    assert (run.rows, run.left, run.oldest_left) == (1, 0, None)
    assert case.holding() == 1


@pytest.mark.parametrize("code", CASES)
def test_purge_twice_is_once(code: str) -> None:
    case, purge = CASES[code], purge_named(code)
    for days in range(2, 5):
        case.make(age(code, days=-days))
    assert [run_purge(purge, now=NOW).rows for _ in range(2)] == [3, 0]
    assert case.holding() == 0


def test_codes_of_attempts_and_results_of_operations_stay() -> None:
    tried, sent = attempt(age("attempts", days=-1)), operation(age("operations", days=-1))
    run_purge(purge_named("attempts"), now=NOW)
    run_purge(purge_named("operations"), now=NOW)
    kept = Attempt.objects.get(pk=tried.pk)
    assert (kept.note, kept.contact, kept.member_id) == (None, tried.contact, tried.member_id)
    left = Operation.objects.get(pk=sent.pk)
    assert (left.body, left.result, bytes(left.digest)) == (None, "applied", bytes(32))


def test_operation_that_waits_for_a_person_keeps_its_form() -> None:
    waits = operation(age("operations", days=-9), result="conflict")
    stopped = operation(age("operations", days=-9), result="blocked")
    assert run_purge(purge_named("operations"), now=NOW).rows == 0
    assert {waits.pk, stopped.pk} == set(
        Operation.objects.filter(body__isnull=False).values_list("pk", flat=True)
    )


def test_held_form_goes_when_a_person_refused_it_long_ago() -> None:
    old = age("refused_forms", days=-9)
    held = operation(old, kind="member.register", result="rejected")
    open_one = operation(old, kind="member.register", result="conflict")
    applied = operation(old, kind="member.register", result="applied")
    Conflict.objects.create(
        kind="duplicate_identity",
        entity="member",
        entity_id=new_id(),
        agent=held.agent,
        operation=held,
        state=CaseState.REFUSED,
        decided_by=UserFactory.create(role=Role.NATIONAL),
        decided_at=old,
    )
    assert run_purge(purge_named("refused_forms"), now=NOW).rows == 1
    kept = Operation.objects.filter(body__isnull=False).values_list("pk", flat=True)
    assert set(kept) == {open_one.pk, applied.pk}


def test_member_is_forgotten_by_the_rules_and_not_by_somebody() -> None:
    member = closed_member(age("members", days=-1))
    run_purge(purge_named("members"), now=NOW)
    fact = Erasure.objects.get()
    assert (fact.subject_id, fact.reason, fact.by) == (member.pk, ErasureReason.RETENTION, None)


def test_who_paid_or_is_complete_is_no_draft() -> None:
    old = age("drafts", days=-9)
    complete = MemberFactory.create()
    paid = MemberFactory.create(address_line=None, paid_through=date(2026, 9, 1))
    Member.objects.update(created_at=old)
    assert run_purge(purge_named("drafts"), now=NOW).rows == 0
    assert Member.objects.filter(Q(pk=complete.pk) | Q(pk=paid.pk), erased_at=None).count() == 2


def test_who_came_back_or_is_complete_by_now_is_not_forgotten() -> None:
    back = closed_member(age("members", days=-9))
    complete = draft(age("drafts", days=-9))
    keys = {
        code: list(purge_named(code).overdue(age(code)).values_list("pk", flat=True))
        for code in ("members", "drafts")
    }
    assert keys == {"members": [back.pk], "drafts": [complete.pk]}
    Member.objects.filter(pk=back.pk).update(closed_on=None, closed_reason="")
    complete.address_line = "Jalan Contoh 1"
    complete.save(update_fields=["address_line"])
    assert [purge_named(code).end(found, NOW) for code, found in keys.items()] == [0, 0]
    assert Member.objects.filter(erased_at=None).count() == 2
    assert not Erasure.objects.exists()


def test_r41_prospect_who_did_not_join_leaves_outcome_and_day() -> None:
    at = age("prospects", days=-1)
    prospect, newer = approached(at), approached(at)
    sent = operation(NOW, kind="prospect.record", entity_id=prospect.pk)
    joined = approached(at)
    Prospect.objects.filter(pk=joined.pk).update(member=MemberFactory.create())
    contacted(newer, NOW)
    assert run_purge(purge_named("prospects"), now=NOW).rows == 1
    prospect.refresh_from_db()
    assert (prospect.name, prospect.phone) == ("", None)
    (contact,) = prospect.contacts.all()
    assert (contact.note, contact.outcome, contact.contacted_at) == (None, "interested", at)
    assert Operation.objects.get(pk=sent.pk).body is None
    entry = BookEntry.objects.get(entity="prospect", entity_id=prospect.pk)
    assert (entry.is_present, entry.reason) == (False, "erased")
    assert Prospect.objects.filter(phone__isnull=False).count() == 2


def test_r41_prospect_contacted_meanwhile_stays() -> None:
    prospect = approached(age("prospects", days=-1))
    contacted(prospect, NOW)
    assert purge_named("prospects").end([prospect.pk], NOW) == 0
    prospect.refresh_from_db()
    assert prospect.name == "Budi"


def test_member_on_hold_is_passed_and_the_alarm_is_raised() -> None:
    held = closed_member(age("members", days=-30))
    free = closed_member(age("members", days=-1))
    Conflict.objects.create(
        kind="claim_help", entity="member", entity_id=held.pk, agent=AgentFactory.create()
    )
    run = run_purge(purge_named("members"), now=NOW)
    assert (run.rows, run.left) == (1, 1)
    assert list(Erasure.objects.values_list("subject_id", flat=True)) == [free.pk]
    for other in known_purges():
        if other.code != "members":
            run_purge(other, now=NOW)
    assert purges_behind() == ["members"]


def test_nothing_is_behind_before_the_first_night_and_all_is_a_week_after_the_last() -> None:
    assert purges_behind() == []
    for purge in known_purges():
        run_purge(purge, now=NOW)
    assert purges_behind() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE perisai_purgerun DISABLE TRIGGER USER")
        cursor.execute("UPDATE perisai_purgerun SET ran_at = ran_at - interval '8 days'")
        cursor.execute("ALTER TABLE perisai_purgerun ENABLE TRIGGER USER")
    assert purges_behind() == [purge.code for purge in known_purges()]


def test_purge_run_is_append_only() -> None:
    run = run_purge(purge_named("attempts"), now=NOW)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        PurgeRun.objects.filter(pk=run.pk).update(rows=9)
    with pytest.raises(IntegrityError, match="purge_run_oldest_of_what_is_left"):
        PurgeRun.objects.create(purge="x", before=NOW, rows=0, left=1, seconds=0)


def test_batches_are_bounded_and_all_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    device = DeviceFactory.create()
    for seq in range(1, 8):
        operation(age("operations", days=-seq), device=device, seq=seq)
    purge = purge_named("operations")
    assert purge.at_once == 1_000
    sizes: list[int] = []

    def end(keys: Any, now: datetime) -> int:
        sizes.append(len(keys))
        return purge.end(keys, now)

    small = purging.Purge(
        code="operations",
        of="operations",
        overdue=purge.overdue,
        dated_by=purge.dated_by,
        end=end,
        at_once=3,
    )
    assert run_purge(small, now=NOW).rows == 7
    assert sizes == [3, 3, 1]
    assert bodies() == 0


@pytest.mark.django_db(transaction=True)
def test_purge_beside_writers_ends_old_rows_and_no_new_one() -> None:
    device = DeviceFactory.create()
    for seq in range(1, 41):
        operation(age("operations", days=-seq), device=device, seq=seq)
    busy, written = Event(), []

    def write(_: int) -> None:
        other = DeviceFactory.create()
        try:
            for seq in range(1, 31):
                written.append(operation(NOW, device=other, seq=seq).pk)
                busy.set()
        finally:
            connection.close()

    def purge(_: int) -> int:
        try:
            busy.wait(timeout=30)
            return run_purge(purge_named("operations"), now=NOW).rows
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=3) as pool:
        writing = pool.submit(write, 0)
        runs = [pool.submit(purge, number) for number in range(2)]
        writing.result()
        ended = sum(run.result() for run in runs)
    kept = set(Operation.objects.filter(body__isnull=False).values_list("pk", flat=True))
    assert (kept, ended) == (set(written), 40)
