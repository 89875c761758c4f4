"""Migrations: what they leave in a database is whole, and an old database is known or refused."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from pgtrigger import Protect, Update
from pgtrigger.migrations import AddTrigger

from perisai.migrating import ID, CreateTogether, check_gathered

HALF_MADE = """
SELECT conname FROM pg_constraint WHERE NOT convalidated OR NOT conenforced
UNION ALL
SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)
"""


@pytest.mark.django_db
def test_no_constraint_or_index_is_half_made() -> None:
    with connection.cursor() as cursor:
        cursor.execute(HALF_MADE)
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_a_database_with_some_of_the_old_migrations_is_refused() -> None:
    assert check_gathered(None, databases=["default"]) == []
    assert check_gathered(None) == []
    forget("0032_payer_has_a_contact")
    (refusal,) = [fault for fault in run_checks(databases=["default"]) if fault.id == ID]
    assert refusal.msg == (
        "payments.0001_initial replaces 0032_payer_has_a_contact, which are not applied."
    )
    forget("")
    assert check_gathered(None, databases=["default"]) == []  # has none of them: an empty one


def forget(names: str) -> None:
    """Let the database have no record of these migrations of one app."""
    MigrationRecorder.Migration.objects.filter(app="payments", name__regex=names).delete()


@pytest.mark.django_db
def test_tables_that_refer_to_each_other_come_and_go_together() -> None:
    step = CreateTogether(
        [
            CreateModel("Hen", [("id", models.AutoField(primary_key=True)), pointer("egg")]),
            CreateModel("Egg", [("id", models.AutoField(primary_key=True)), pointer("hen")]),
            AddTrigger("egg", Protect(name="egg_is_kept", operation=Update)),
        ]
    )
    before = ProjectState()
    after = before.clone()
    assert list(after.apps.get_models()) == []  # classes were built; none is built meanwhile
    step.state_forwards("sync", after)
    assert "apps" not in vars(after)
    with connection.schema_editor() as editor:
        step.database_forwards("sync", editor, before, after)
    assert planted() == ["pgtrigger_egg_is_kept", "sync_egg", "sync_egg", "sync_hen", "sync_hen"]
    with connection.schema_editor() as editor:
        step.database_backwards("sync", editor, after, before)
    assert planted() == []


def pointer(name: str) -> tuple[str, Any]:
    """A foreign key to the other of the two."""
    return name, models.ForeignKey(f"sync.{name}", on_delete=models.CASCADE, null=True)


def planted() -> list[str]:
    """The two tables, their foreign keys by table, and the trigger."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname FROM pg_class WHERE relname IN ('sync_hen', 'sync_egg')
            UNION ALL
            SELECT conrelid::regclass::text FROM pg_constraint
            WHERE contype = 'f' AND conrelid::regclass::text IN ('sync_hen', 'sync_egg')
            UNION ALL
            SELECT regexp_replace(tgname, '_[0-9a-f]+$', '') FROM pg_trigger
            WHERE tgname LIKE 'pgtrigger_egg_is_kept%'
            ORDER BY 1
        """)
        return [name for (name,) in cursor.fetchall()]
