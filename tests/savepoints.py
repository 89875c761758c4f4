"""What is done and taken back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def taken_back() -> Iterator[None]:
    """A savepoint that is always rolled back; a durable block inside takes it for the test's."""
    frame = transaction.atomic()
    frame._from_testcase = True  # type: ignore[attr-defined]  # what Django's TestCase sets
    with frame:
        yield
        transaction.set_rollback(True)
