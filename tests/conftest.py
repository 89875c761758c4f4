"""What every test stands on: emptying what tests fill, never the reference data."""

from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import settings

# A shared machine is slow now and then; how long one example takes is no claim of a test.
settings.register_profile("perisai", deadline=None)
settings.register_profile("long", deadline=None, max_examples=2_500)
settings.register_profile("fuzz", deadline=None, max_examples=2_000, stateful_step_count=100)
settings.load_profile("perisai")

pytest_plugins = ["tests.fixtures", "tests.browsers"]

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


def empty_what_tests_fill(self: TransactionTestCase) -> None:
    """End a transactional test: TRUNCATE without CASCADE, so that a wrong list is an error."""
    for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        connection = connections[alias]
        kept = REFERENCE_TABLES | DJANGO_TABLES
        filled = sorted(set(connection.introspection.table_names()) - kept)
        names = ", ".join(connection.ops.quote_name(name) for name in filled)
        if names:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {names}")
                cursor.execute("DELETE FROM payments_discount WHERE code <> ALL(%s)", [DISCOUNTS])
                if cursor.rowcount:
                    cursor.execute("TRUNCATE payments_discountversion")


@pytest.fixture(autouse=True, scope="session")
def transactional_tests_keep_reference_data() -> Any:
    """Replace Django's flush, which empties every table, for the whole run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_what_tests_fill)
        yield
