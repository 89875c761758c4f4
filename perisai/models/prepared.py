"""Look-ups that every call makes, with SQL that is built once per process."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BooleanField, F, Func, Model, QuerySet, UUIDField, Value
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from psycopg.pq import Format

from perisai.sent_ahead import ask

M = TypeVar("M", bound=Model)


class Prepared(Generic[M]):
    """One row by one value, with the rows that it points to (`select_related`) and annotations.

    The ORM takes longer to write such a statement than the database to run it. `build` gets the
    value and returns the queryset; the statement for `example` is that for every value.
    """

    def __init__(self, build: Callable[[Any], "QuerySet[M]"], *, example: str | int) -> None:
        self._build = build
        self._example = example

    def first(self, value: Any) -> M | None:
        """The row, as the queryset's `first()` would bring it; one statement."""
        sql, compiler, converters = self._prepared
        with connection.cursor() as cursor:
            cursor.execute(sql, [value])
            found = cursor.fetchone()
        if found is None:
            return None
        (row,) = compiler.apply_converters([found], converters)
        return self._instance(list(row), compiler)

    @cached_property
    def _prepared(self) -> tuple[str, SQLCompiler, Any]:
        compiler = self._build(self._example)[:1].query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        if list(parameters) != [self._example]:
            raise TypeError("a prepared look-up asks for one value")
        return sql, compiler, compiler.get_converters([one for one, *_ in compiler.select])

    def _instance(self, row: list[Any], compiler: SQLCompiler) -> M:
        info = compiler.klass_info
        first, *_more, last = info["select_fields"]
        names = [one[0].target.attname for one in compiler.select[first : last + 1]]
        instance: M = info["model"].from_db(connection.alias, names, row[first : last + 1])
        populators = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]  # the stubs know a later Django
        for related in populators:
            related.populate(row, instance)
        for name, place in compiler.annotation_col_map.items():
            setattr(instance, name, row[place])
        return instance


class IsOneOf(Func):
    """Whether a column of ids holds one of these: one parameter, however many they are."""

    template = "(%(expressions)s))"  # the array's placeholder casts: `as_array` may fill it too
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, column: str, ids: Sequence[Any]) -> None:
        super().__init__(F(column), Value(list(ids), output_field=ArrayField(UUIDField())))


class PreparedRows:
    """Plain values of many rows (`values_list`) by named values, as the driver brings them.

    `build` gets the values by name; the statement for the examples is that for all values, so each
    example is a value that the statement has for no other reason.
    """

    def __init__(self, build: Callable[..., "QuerySet[Any, Any]"], **examples: Any) -> None:
        self._build = build
        self._examples = examples

    def all(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows; one statement. Nothing is converted: a sealed value comes as its bytes.

        Values travel in their binary form: the driver reads an array of texts seven times faster.
        """
        sql, places = self._prepared
        asked = [values[name] if name else fixed for name, fixed in places]
        return ask(sql, asked, form=Format.BINARY)()

    @cached_property
    def _prepared(self) -> tuple[str, list[tuple[str, Any]]]:
        """The statement, and for each of its parameters the name of a value or a constant."""
        query = self._build(**self._examples).query
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        places = [(self._name_of(one), one) for one in parameters]
        if {name for name, _ in places if name} != set(self._examples):
            raise TypeError("a prepared statement asks for each of its values")
        return sql, places

    def _name_of(self, parameter: Any) -> str:
        return next((name for name, one in self._examples.items() if one == parameter), "")
