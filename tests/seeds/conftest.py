"""The small demonstration, loaded once for the tests of a file."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.seeds.demonstration import seed_demo


@pytest.fixture(scope="module")
def printed(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The small demonstration for all tests of this file, which only read it; what it printed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield seed_demo(tmp_path_factory.mktemp("demo"))
        transaction.set_rollback(True)
