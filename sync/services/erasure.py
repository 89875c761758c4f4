"""What sync destroys of a person: the raw operations, and what cases kept of her."""

from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from perisai.erasing import Hold, Subject
from perisai.services.guards import guards_aside
from sync.models import BookEntry, CaseState, Conflict, Operation, Outbox, Upload, UploadPiece

CLAIM: Final = "claim_help"
FORGET_REASONS: Final = """
    UPDATE sync_operation SET outcome = jsonb_set(outcome, '{problem,detail}', '""')
    WHERE id = ANY (%(ids)s) AND outcome #>> '{problem,detail}' <> ''
"""


def wait_for_pushes(entity: str, ids: Iterable[UUID]) -> None:
    """Lock the outboxes of all who ever held these rows: a push that runs is stored before us.

    The first lock of an erasure: outboxes come before members in the order of all locks.
    """
    held_by = BookEntry.objects.filter(entity=entity, entity_id__in=list(ids)).values("book__agent")
    locked = Outbox.objects.filter(device__agent__in=held_by).select_for_update(no_key=True)
    list(locked.order_by("pk").values_list("pk", flat=True))


def holders_of(entity: str, ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Which agent's book shows which of these rows now."""
    shown = BookEntry.objects.filter(entity=entity, entity_id__in=list(ids), is_present=True)
    return list(shown.order_by("book").values_list("book__agent", "entity_id"))


def hold_of_cases(subject: Subject) -> Hold | None:
    """An open case about the person: a benefit claim above all. A person decides it first."""
    kinds = set(
        _cases(subject.kind, subject.ids)
        .filter(state=CaseState.OPEN)
        .values_list("kind", flat=True)
    )
    if not kinds:
        return None
    return Hold(reason="open_claim" if CLAIM in kinds else "open_case", until=None)


def erase_operations(entity: str, ids: Collection[UUID]) -> None:
    """Destroy the bodies of all operations on these records, and what cases about them keep."""
    cases = _cases(entity, ids)
    about = Operation.objects.filter(
        Q(entity_id__in=ids) | Q(about_id__in=ids) | Q(pk__in=cases.values("operation"))
    )
    destroy_bodies(about)
    _destroy_reasons(list(about.values_list("pk", flat=True)))
    cases.update(details=None, reason="")


def forget_uploads(record_ids: Collection[UUID]) -> None:
    """Delete files on their way to these records, and what is known of those that arrived.

    The declaration is kept, and its record takes none any more.
    """
    uploads = Upload.objects.filter(record_id__in=record_ids).order_by("pk")
    gone = list(uploads.select_for_update().values_list("pk", flat=True))
    UploadPiece.objects.filter(upload__in=gone).delete()
    Upload.objects.filter(pk__in=gone).delete()


def destroy_bodies(operations: QuerySet[Operation]) -> int:
    """Leave of these operations their place, digest and result; how many still had a body."""
    chosen = operations.values("pk")
    with_repeats = Operation.objects.filter(Q(pk__in=chosen) | Q(same_as__in=chosen))
    return with_repeats.filter(body__isnull=False).update(body=None)


def _destroy_reasons(operations: list[UUID]) -> None:
    """What a person wrote to the author of a refused operation, in its stored answer."""
    with guards_aside(Operation), connection.cursor() as cursor:
        cursor.execute(FORGET_REASONS, {"ids": operations})


def _cases(entity: str, ids: Collection[UUID]) -> QuerySet[Conflict]:
    return Conflict.objects.filter(Q(entity_id__in=ids) | Q(other_id__in=ids), entity=entity)
