"""Everything that is kept of one person, from every table that knows the person (R36).

Tables are found, not listed: whatever points at a member is told. Other people's rows and our own
search indexes are left out.
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, Field, ForeignKey, Model, QuerySet

from enrollment.models import (
    Heir,
    Member,
    MemberFile,
    SubjectCopy,
    SubjectDecision,
    SubjectRequest,
)
from enrollment.services.subject_copies import Dossier, keep_content
from perisai.deadlines import Deadline, atomic_within
from perisai.models import FileLink, OutboxMessage, RevealLog
from perisai.services.stored_files import content_of
from retention.models import AttemptFile
from sync.models import Conflict, Operation

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20
UNTOLD: Final = frozenset({"digest", "details", "same_as", "request_id", "session"})
"""Columns of our machinery, and case notes that may name another person."""


def build_copies(now: datetime) -> int:
    """Build the copies that wait, a transaction each; returns how many."""
    waiting = list(SubjectCopy.objects.unbuilt().order_by("asked_at")[:AT_ONCE])
    for copy in waiting:
        dossier = dossier_of(copy.request_id, now=now)
        keep_content(copy.pk, dossier, now=now)
        log.info("subject_copy_built", copy=str(copy.pk))
    return len(waiting)


@atomic_within(Deadline.REPORT)
def dossier_of(request_id: UUID, *, now: datetime) -> Dossier:
    """By section, the rows about the person who made a request, as JSON values."""
    request = SubjectRequest.objects.select_related("member").get(pk=request_id)
    member = request.member
    found: dict[str, Any] = {
        "made_at": now.isoformat(),
        "request": str(request.pk),
        "member": [_row(member)],
    }
    for rows in [*_rows_pointing_at(member), *_rows_by_id(member)]:
        found[rows.model._meta.model_name or ""] = [_row(row) for row in rows]
    return found | {"photos": list(_photos(member))}


def _photos(member: Member) -> Iterator[dict[str, Any]]:
    """The pictures that are kept, whole."""
    visits = AttemptFile.objects.filter(attempt__member=member)
    links: list[FileLink] = [*MemberFile.objects.filter(member=member), *visits]
    for link in links:
        content = content_of(link.file_id)
        if link.ended_at is None and content is not None:
            said = {"role": link.role, "attached_at": link.attached_at.isoformat()}
            yield said | {"picture": base64.b64encode(content).decode()}


def tables_about_people() -> list[tuple[type[Model], str]]:
    """Every table with a key to a member, and the column; not members themselves."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if model is not Member
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and field.related_model is Member
    ]


def _rows_pointing_at(member: Member) -> Iterator[QuerySet[Model]]:
    for model, column in tables_about_people():
        yield _with_keys(model._base_manager.filter(**{column: member.pk}))


def _rows_by_id(member: Member) -> Iterator[QuerySet[Any]]:
    """Tables of lower apps know no member, only an id."""
    heirs = Heir.objects.filter(member=member).values("pk")
    agents = member.assignments.values("agent")
    files = MemberFile.objects.filter(member=member).values("pk")
    visits = AttemptFile.objects.filter(attempt__member=member)
    parts = [*heirs, *files, *visits.values("pk")]
    ids = [member.pk, *(part["pk"] for part in parts)]
    yield _with_keys(visits)
    yield _with_keys(RevealLog.objects.filter(entity_id__in=ids))
    yield _with_keys(Operation.objects.filter(agent__in=agents, entity_id=member.pk))
    yield _with_keys(Conflict.objects.filter(entity_id=member.pk))
    yield _with_keys(SubjectDecision.objects.filter(request__member=member))
    yield OutboxMessage.objects.filter(subject_id=member.pk).order_by("pk")


def _with_keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    """In order, with the rows that their keys name, whose short names are told."""
    keys = [field.name for field in _told(rows.model) if isinstance(field, ForeignKey)]
    return rows.select_related(*keys).order_by("pk") if keys else rows.order_by("pk")


def _row(row: Model) -> dict[str, Any]:
    return {field.name: _plain(getattr(row, field.name)) for field in _told(type(row))}


def _told(model: type[Model]) -> Iterable["Field[Any, Any]"]:
    """The columns that say something of the person."""
    for field in model._meta.local_fields:
        is_index = isinstance(field, BinaryField) or (
            isinstance(field, ArrayField) and isinstance(field.base_field, BinaryField)
        )
        if field.name not in UNTOLD and not is_index:
            yield field


def _plain(value: object) -> Any:
    """A value as JSON says it; of another row its short name, which holds nothing personal."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Model):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
