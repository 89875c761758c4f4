"""One stage for all tests of a module."""

from collections.abc import Iterator

import pytest
import time_machine
from pytest_django.plugin import DjangoDbBlocker

from tests.savepoints import taken_back
from tests.security.stage import Stage
from tests.supervision.world import TODAY


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """One stage for all tests here; nothing of it stays."""
    with django_db_blocker.unblock(), time_machine.travel(TODAY, tick=False), taken_back():
        yield Stage()
