"""Breaches: recorded by a national user, told within 72 hours, followed by notes (R36)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import BreachUnexplained, NotFound
from perisai.models import (
    NOTIFY_WITHIN,
    Breach,
    BreachNote,
    BreachNoteKind,
    DataClass,
    RevealLog,
    Role,
    User,
)

log = structlog.get_logger(__name__)

SHORTEST_WORDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BreachForm:
    """What is known when a breach is recorded; `suspect` is a login, or nobody."""

    detected_at: datetime
    what: str
    classes: tuple[DataClass, ...]
    people_guessed: int
    since: datetime
    until: datetime
    suspect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One record whose data left, and how many reveals showed it."""

    entity: str
    entity_id: UUID
    fields: Sequence[str]
    reveals: int


@atomic_within(Deadline.PAGE)
def record_breach(form: BreachForm, *, by: User, now: datetime) -> Breach:
    """Begin a record; the hours run since the detection, not since now.

    Raises NotFound for all but national users, BreachUnexplained for few words, no class, an
    unknown suspect, or times out of order.
    """
    _must_be_national(by)
    is_late = form.detected_at > now or form.since > form.until
    if len(form.what.strip()) < SHORTEST_WORDS or not form.classes or is_late:
        raise BreachUnexplained
    suspect = User.objects.filter(username=form.suspect).first() if form.suspect else None
    if form.suspect and suspect is None:
        raise BreachUnexplained
    breach = Breach.objects.create(
        detected_at=form.detected_at,
        notify_by=form.detected_at + NOTIFY_WITHIN,
        what=form.what.strip(),
        classes=[one.value for one in form.classes],
        people_guessed=form.people_guessed,
        since=form.since,
        until=form.until,
        suspect=suspect,
        recorded_by=by,
        recorded_at=now,
    )
    log.warning("breach_recorded", breach=str(breach.pk), notify_by=breach.notify_by.isoformat())
    return breach


@atomic_within(Deadline.PAGE)
def note_on_breach(
    breach_id: UUID, kind: BreachNoteKind, words: str, *, by: User, now: datetime
) -> BreachNote:
    """Add a line. Raises NotFound, BreachUnexplained."""
    _must_be_national(by)
    if not Breach.objects.visible_to(by).filter(pk=breach_id).exists():
        raise NotFound
    if len(words.strip()) < SHORTEST_WORDS:
        raise BreachUnexplained
    return BreachNote.objects.create(
        breach_id=breach_id, kind=kind, words=words.strip(), noted_by=by, noted_at=now
    )


def people_affected(breach: Breach, *, limit: int) -> list[Affected]:
    """Whose data the suspect, or anybody, revealed in the span: most revealed first."""
    shown = RevealLog.objects.filter(revealed_at__range=(breach.since, breach.until))
    if breach.suspect_id is not None:
        shown = shown.filter(actor=breach.suspect_id)
    counted = (
        shown.order_by()
        .values("entity", "entity_id")
        .annotate(n=Count("id"), fields=ArrayAgg("field", distinct=True, order_by="field"))
    )
    return [
        Affected(
            entity=row["entity"],
            entity_id=row["entity_id"],
            fields=row["fields"],
            reveals=row["n"],
        )
        for row in counted.order_by("-n", "entity_id")[:limit]
    ]


def _must_be_national(by: User) -> None:
    if by.role != Role.NATIONAL:
        raise NotFound
