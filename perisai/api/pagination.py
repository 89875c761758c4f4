"""Lists by key, never by offset: rows that come or go meanwhile move no other row."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from perisai.errors import CursorInvalid

PAGE = 50
CURSOR = "cursor"
Key = str | int


class KeysetPagination(BasePagination):
    """Fifty rows a page, in an order that ends with a unique column; the cursor is signed.

    Subclasses set `ordering`; `-` turns a column round. Its columns must not be null.
    """

    ordering: ClassVar[tuple[str, ...]] = ("id",)
    page_size: ClassVar[int] = PAGE
    _next: str | None = None

    def paginate_queryset(  # type: ignore[override]  # only a queryset can be asked by key
        self, queryset: QuerySet[Any, Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """One page, by one statement. Raises CursorInvalid."""
        salt = f"{request.path}|{','.join(self.ordering)}"
        rows = queryset.order_by(*self.ordering)
        cursor = request.query_params.get(CURSOR)
        try:
            if cursor:
                rows = rows.filter(after(self.ordering, read_cursor(cursor, salt)))
            page = list(rows[: self.page_size + 1])
        except (ValidationError, ValueError, TypeError) as fault:
            raise CursorInvalid from fault
        if len(page) > self.page_size:
            page.pop()
            last = write_cursor(keys_of(page[-1], self.ordering), salt)
            self._next = replace_query_param(request.build_absolute_uri(), CURSOR, last)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """The page and where the next one is."""
        return Response({"results": data, "next": self._next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The same for the OpenAPI file."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": link},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The cursor of the last page's `next`."""
        return [{"name": CURSOR, "in": "query", "required": False, "schema": {"type": "string"}}]


def keys_of(row: Any, ordering: Sequence[str]) -> list[Key]:
    """The values that a page ends with, as JSON."""
    names = [name.removeprefix("-") for name in ordering]
    values = [row[name] if isinstance(row, Mapping) else getattr(row, name) for name in names]
    return [_plain(value) for value in values]


def after(ordering: Sequence[str], keys: Sequence[Key]) -> Q:
    """The rows behind these keys, as one condition."""
    if len(keys) != len(ordering):
        raise CursorInvalid
    behind, equal = Q(), Q()
    for column, key in zip(ordering, keys, strict=True):
        name = column.removeprefix("-")
        beyond = Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": key})
        behind |= equal & beyond
        equal &= Q(**{name: key})
    return behind


def write_cursor(keys: Sequence[Key], salt: str) -> str:
    """An opaque, signed text; holds keys of rows that the caller has just seen."""
    return signing.dumps(list(keys), salt=salt)


def read_cursor(text: str, salt: str) -> list[Key]:
    """The keys. Raises CursorInvalid."""
    try:
        keys: list[Key] = signing.loads(text, salt=salt)
    except signing.BadSignature as fault:
        raise CursorInvalid from fault
    return keys


def _plain(value: Any) -> Key:
    if isinstance(value, date):  # instants too
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str | int):
        return value
    raise TypeError(f"no list is ordered by a {type(value).__name__}")
