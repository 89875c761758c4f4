"""What every test stands on: emptying what tests fill, never the reference data."""

from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase
from hypothesis import settings

# A shared machine is slow now and then; how long one example takes is no claim of a test.
settings.register_profile("perisai", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2_500)
settings.register_profile("fuzz", deadline=None, max_examples=2_000, stateful_step_count=100)
settings.load_profile("perisai")

pytest_plugins = ["tests.fixtures", "tests.browsers", "tests.proof"]

# Filled once into the template database, or by Django itself; no test changes them for good.
REFERENCE_TABLES = frozenset(
    {
        "perisai_province",
        "perisai_regency",
        "perisai_district",
        "perisai_village",
        "perisai_keycanary",
        "perisai_legacyregioncode",
        "perisai_referenceload",
        "enrollment_consenttext",
        "enrollment_duedate",
        "enrollment_occupation",
        "payments_tariffbracket",
        "payments_programmerate",
        "payments_discount",
        "payments_holiday",
        "payments_journalaccount",
        "sync_epoch",
    }
)
DISCOUNTS = ["pp50_2025_transport", "pp50_2025_other"]
"""Those of the template database; a committed demonstration adds one of its own."""
DJANGO_TABLES = frozenset({"django_migrations", "django_content_type", "auth_permission"})


_truncated: set[str] = set()


def empty_what_tests_fill(self: TransactionTestCase) -> None:
    """End a transactional test when nobody has a table in hand any more."""
    for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        connection = connections[alias]
        kept = REFERENCE_TABLES | DJANGO_TABLES
        tables = sorted(set(connection.introspection.table_names()) - kept)
        names = [connection.ops.quote_name(name) for name in tables]
        with connection.cursor() as cursor:
            if alias in _truncated and may_leave_guards_out(cursor):
                with transaction.atomic(using=alias):
                    delete_all(cursor, names)
            else:
                cursor.execute(f"TRUNCATE {', '.join(names)}")  # no CASCADE: refuses a wrong list
                _truncated.add(alias)
            cursor.execute("DELETE FROM payments_discount WHERE code <> ALL(%s)", [DISCOUNTS])
            if cursor.rowcount:
                cursor.execute("TRUNCATE payments_discountversion")


def may_leave_guards_out(cursor: CursorWrapper) -> bool:
    """Whether triggers and foreign keys may sleep: on the server that the plugin has started."""
    cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
    return bool(cursor.fetchone()[0])


def delete_all(cursor: CursorWrapper, names: list[str]) -> None:
    """Rows where there are any: new files for every table, as of TRUNCATE, cost much more."""
    cursor.execute(f"LOCK TABLE {', '.join(names)}")
    looks = (f"SELECT {at} WHERE EXISTS (SELECT FROM {name})" for at, name in enumerate(names))  # noqa: S608  names of the catalogue
    cursor.execute(" UNION ALL ".join(looks))
    filled = [names[at] for (at,) in cursor.fetchall()]
    cursor.execute("SET LOCAL session_replication_role = replica")
    for name in filled:
        cursor.execute(f"DELETE FROM {name}")  # noqa: S608  a name of the catalogue


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first: no worker begins one when the others are done."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True, scope="session")
def transactional_tests_keep_reference_data() -> Any:
    """Replace Django's flush, which empties every table, for the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_what_tests_fill)
        yield
