"""The history of rows that people edit: every insert, change and deletion, kept by triggers.

`@tracked()` above a model makes `<Model>Version` with a copy of each version. Encrypted columns are
copied as they lie and open with the key of the original row (`sealed_for`). The copies are
append-only; `perisai/history.py` says who was at work.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from pghistory.models import Event

M = TypeVar("M", bound=models.Model)


class Version(Event):
    """One version of a tracked row: what it became, or what it was when it was deleted."""

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pgh_label} {self.pgh_id}"


def tracked(*, without: Sequence[str] = ()) -> Callable[[type[M]], type[M]]:
    """Keep the history of a model; the named columns are neither copied nor reason for a copy."""

    def track(model: type[M]) -> type[M]:
        wrap = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(condition=_difference_in(model, without)),
            pghistory.DeleteEvent(),
            exclude=list(without),
            obj_field=pghistory.ObjForeignKey(
                related_name="+", related_query_name="+", db_index=True
            ),
            context_field=pghistory.ContextJSONField(),
            context_id_field=None,  # type: ignore[arg-type]  # documented, not annotated
            append_only=True,
            base_model=Version,
            model_name=f"{model.__name__}Version",
            attrs={"sealed_for": "pgh_obj"},
        )
        tracked_model: type[M] = wrap(model)
        return tracked_model

    return track


def _difference_in(model: type[models.Model], without: Sequence[str]) -> pgtrigger.Condition:
    """That a kept column changes. As SQL: an encrypted field lets nobody compare it."""
    columns = [field.column for field in model._meta.local_fields if field.name not in without]
    old, new = (", ".join(f'{row}."{column}"' for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Condition(f"ROW({old}) IS DISTINCT FROM ROW({new})")


def version_model(model: type[models.Model]) -> Any:
    """The model of a tracked model's history, made at start; None for one that has none."""
    found: dict[str, type[Version]] = getattr(model, "pgh_event_models", {})
    return next(iter(found.values()), None)
