"""What a hand-edited row has been through, read from the copies that its triggers keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from perisai.models import User
from perisai.models.tracked import Version, version_model
from perisai.privacy import EncryptedField

MOST: Final = 20
OWN: Final = "pgh_"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Difference:
    """One column that a change touched; the values are plain, also of a sealed column."""

    column: str
    before: object
    after: object
    is_sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Change:
    """One change of a row: when, by whom and what, and what became different."""

    at: datetime
    label: str
    actor: str
    cause: Mapping[str, Any]
    differences: tuple[Difference, ...]


def changes_of(record: Model) -> list[Change]:
    """The twenty newest changes of a row, newest first, by two statements.

    A row of a model without a history has none. Raises DecryptionFailed.
    """
    model = version_model(type(record))
    if model is None:
        return []
    found = model._default_manager.filter(pgh_obj=record.pk).order_by("-pgh_id")
    newest = list(found[: MOST + 1])  # one more, to compare the last shown with
    actors = [_cause(event).get("actor", 0) for event in newest]
    names = dict(User.objects.filter(pk__in=actors).values_list("pk", "username"))
    earlier: list[Version | None] = [*newest[1:], None]  # one too many where there is no history
    pairs = zip(newest, earlier, strict=False)
    return [_change(event, before, names=names) for event, before in pairs][:MOST]


def _change(event: Version, before: Version | None, *, names: Mapping[Any, str]) -> Change:
    columns = [field for field in event._meta.fields if not field.name.startswith(OWN)]
    differences = [_difference(field, event, before) for field in columns]
    return Change(
        at=event.pgh_created_at,
        label=event.pgh_label,
        actor=names.get(_cause(event).get("actor"), ""),
        cause=_cause(event),
        differences=tuple(found for found in differences if found.before != found.after),
    )


def _cause(event: Version) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = getattr(event, "pgh_context", None)
    return found or {}


def _difference(field: Any, event: Version, before: Version | None) -> Difference:
    is_deleted = event.pgh_label == "delete"
    return Difference(
        column=field.name,
        before=None if before is None else getattr(before, field.attname),
        after=None if is_deleted else getattr(event, field.attname),
        is_sealed=isinstance(field, EncryptedField),
    )
