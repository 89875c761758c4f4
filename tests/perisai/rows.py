"""Rows with encrypted columns, and the bytes that their tables hold."""

from datetime import date

from django.db import connection
from django.db.models import Model

from perisai.models import Agent, Branch, Office, OfficeKind, Role, User

NAME = "Siti Aminah Percobaan"


def unsaved_agent(number: str = "PRS-1671-0001", *, name: str = NAME) -> Agent:
    """An agent with a login and an office, not stored yet."""
    branch, _ = Branch.objects.get_or_create(code="T01", name="Percobaan")
    office, _ = Office.objects.get_or_create(
        code="T01-1", name="Wadah Percobaan", kind=OfficeKind.COOPERATIVE, branch=branch
    )
    user = User.objects.create_user(number, role=Role.AGENT)
    return Agent(number=number, user=user, office=office, name=name, appointed_on=date(2026, 1, 1))


def stored_agent(number: str = "PRS-1671-0001", *, name: str = NAME) -> Agent:
    """The same, stored and read back."""
    agent = unsaved_agent(number, name=name)
    agent.save()
    return Agent.objects.get(pk=agent.pk)


def stored_bytes(row: Model, column: str) -> bytes | None:
    """What the table holds."""
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [row.pk])  # noqa: S608
        found = cursor.fetchone()
    assert found is not None
    return None if found[0] is None else bytes(found[0])


def write_bytes(row: Model, column: str, value: bytes) -> None:
    """Put bytes into the table behind the field's back."""
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, row.pk])  # noqa: S608
