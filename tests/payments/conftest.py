"""The day of the worked examples, and a counter on it."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.payments import NOW
from tests.payments.counters import Counter


@pytest.fixture
def worked_day() -> Iterator[None]:
    """Business time and real time stand still at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counter(db: None, worked_day: None) -> Counter:
    """A terminal of a counter of its own partner."""
    return Counter()
