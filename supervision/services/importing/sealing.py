"""Columns of a row to be, as the database reads them from JSON; encrypted for the row's key."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model

from perisai.privacy import EncryptedTextField

Columns = dict[str, Any]


def as_bytes(value: bytes | None) -> str | None:
    """Bytes as PostgreSQL reads them from text."""
    return None if value is None else f"\\x{value.hex()}"


def as_day(value: date | None) -> str | None:
    """ISO 8601."""
    return None if value is None else value.isoformat()


def sealed(model: type[Model], pk: UUID, said: Iterable[tuple[str, str | None]]) -> Columns:
    """These texts of one row, each encrypted under its field's label; None stays None."""
    return {
        name: None if text is None else as_bytes(_field(model, name).sealed(pk, text))
        for name, text in said
    }


@cache
def _field(model: type[Model], name: str) -> "EncryptedTextField[str | None, str | None]":
    field = model._meta.get_field(name)
    if not isinstance(field, EncryptedTextField):
        raise TypeError(f"{name} is not an encrypted text")
    return field
