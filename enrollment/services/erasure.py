"""A person is forgotten: everything that names her is destroyed, money and months stay (R36).

The row becomes a pseudonym. Each app destroys its own part (`erasers.py`); `Erasure` is the fact.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Q

from enrollment.errors import ErasureHeld
from enrollment.models import Member, Registration
from perisai.deadlines import Deadline
from perisai.erasing import Subject, erase, hold_on
from perisai.errors import NotFound
from perisai.models import ErasedKind, Erasure, ErasureReason, User
from sync.models import DropReason, Operation
from sync.services import book
from sync.services.erasure import holders_of, wait_for_pushes
from sync.services.place import EFFECTIVE

log = structlog.get_logger(__name__)

KIND: Final = ErasedKind.MEMBER.value
FORM: Final = "member.register"
CHAIN: Final = ("op_id", "entity_id", "agent_id", "replaces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants a person forgotten, why, on which request; nobody: the rules of retention."""

    by: User | None
    reason: ErasureReason
    request_id: UUID | None = None


def erase_member(
    member_id: UUID,
    *,
    by: User | None,
    reason: ErasureReason,
    request_id: UUID | None,
    now: datetime,
) -> Erasure:
    """Forget a person, merged rows included; the second time nothing happens. Cannot be undone.

    A push about her is stored before, or finds her gone. Raises NotFound, and ErasureHeld with
    `reason` and `until` for an open claim, an open case or money that is not settled.
    """
    seen = Member.objects.all() if by is None else Member.objects.visible_to(by)
    if not seen.filter(pk=member_id).exists():
        raise NotFound
    order = Order(by=by, reason=reason, request_id=request_id)
    with book.recording(Deadline.REPORT) as changes:
        subject = locked_person(member_id, now)
        done = Erasure.objects.filter(subject_id=member_id).first()
        if done is not None:
            return done
        hold = hold_on(subject)
        if hold is not None:
            raise ErasureHeld(reason=hold.reason, until=hold.until)
        _forget(subject, order, changes)
        log.info("member_erased", member=str(member_id), rows=len(subject.ids), reason=reason.value)
        return Erasure.objects.get(subject_id=member_id)


def erase_again(now: datetime) -> int:
    """Forget anew everybody on the list who is back, as after a restore; how many rows that was.

    Also what arrived about the forgotten since. Nothing is refused: it was decided before.
    """
    again = 0
    listed = Erasure.objects.filter(kind=KIND).order_by("pk")
    for ids in _chunks(list(listed.values_list("subject_id", flat=True))):
        back = Member.objects.filter(pk__in=ids, erased_at__isnull=True)
        again += back.count()
        with book.recording(Deadline.BULK) as changes:
            wait_for_pushes(KIND, ids)
            list(Member.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk"))
            subject = Subject(kind=KIND, ids=tuple(ids), at=now)
            _destroy(subject, changes)
    return again


def _chunks(ids: list[UUID], size: int = 200) -> list[list[UUID]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def locked_person(member_id: UUID, now: datetime) -> Subject:
    """All rows of the person: outboxes first, members by ascending id, as everywhere.

    With them the ids that phones had made for her, also for forms that were refused before the one
    that made the row: what was and will be sent under those is hers.
    Joins the caller's transaction.
    """
    rows = _rows_of_person(member_id)
    wait_for_pushes(KIND, [*rows, *_made_by_phones(rows)])
    rows = _rows_of_person(member_id)
    locked = Member.objects.filter(pk__in=rows).select_for_update(no_key=True).order_by("pk")
    ids = tuple(locked.values_list("pk", flat=True))
    return Subject(kind=KIND, ids=(*ids, *_made_by_phones(rows)), at=now)


def _rows_of_person(member_id: UUID) -> set[UUID]:
    """The row, those merged into it, and the one that it was merged into."""
    rows = {member_id}
    while True:
        found = Member.objects.filter(Q(pk__in=rows) | Q(merged_into__in=rows))
        pairs = found.values_list("pk", "merged_into")
        wider = {pk for pair in pairs for pk in pair if pk is not None}
        if wider <= rows:
            return rows
        rows |= wider


def _made_by_phones(rows: Collection[UUID]) -> list[UUID]:
    """The ids of her forms that no row has: of those that met a row, and of refused ones."""
    forms = Registration.objects.filter(member__in=rows).values("op_id")
    made = _ids_of_forms(list(Operation.objects.filter(op_id__in=forms).only(*CHAIN)))
    taken = Member.objects.filter(pk__in=made).values_list("pk", flat=True)
    return sorted(made.difference(taken))


def _ids_of_forms(forms: list[Operation]) -> set[UUID]:
    """Those of the forms, and of the same author's that had no effect and that they stand for."""
    made: set[UUID] = set()
    seen: set[UUID] = set()
    while forms:
        made |= {form.entity_id for form in forms}
        seen |= {form.op_id for form in forms}
        stand_for = {(form.replaces, form.agent_id) for form in forms}
        replaced = {op_id for op_id, _ in stand_for if op_id is not None} - seen
        earlier = Operation.objects.filter(op_id__in=replaced, kind=FORM)
        refused = earlier.exclude(result__in=EFFECTIVE).only(*CHAIN)
        forms = [form for form in refused if (form.op_id, form.agent_id) in stand_for]
    return made


def _forget(subject: Subject, order: Order, changes: book.Changes) -> None:
    """The fact first: from then on the database keeps no body of a late operation."""
    Erasure.objects.bulk_create(
        [
            Erasure(
                kind=subject.kind,
                subject_id=member_id,
                reason=order.reason,
                by=order.by,
                request_id=order.request_id,
                erased_at=subject.at,
            )
            for member_id in subject.ids
        ],
        ignore_conflicts=True,
    )
    _destroy(subject, changes)


def _destroy(subject: Subject, changes: book.Changes) -> None:
    erase(subject)
    for agent_id, member_id in holders_of(subject.kind, subject.ids):
        changes.drop(agent_id, subject.kind, [member_id], reason=DropReason.ERASED)
