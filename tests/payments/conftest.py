"""The day of the worked examples, and a counter on it."""

from collections.abc import Iterator

import pytest
import time_machine

from payments.models import Discount, PostAgent
from payments.services.checks import run_checks
from tests.factories.payments import NOW, PostAgentFactory
from tests.payments.codes import breaks
from tests.payments.counters import Counter
from tests.payments.later_law import CODE


@pytest.fixture
def worked_day() -> Iterator[None]:
    """Business time and real time stand still at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counter(db: None, worked_day: None) -> Counter:
    """A terminal of a counter of its own partner."""
    return Counter()


@pytest.fixture
def books_add_up(db: None) -> Iterator[None]:
    """Whatever a test books, every claim of check_money holds afterwards."""
    yield
    assert [result.code for result in run_checks() if result.breaks] == []


@pytest.fixture
def in_order(db: None) -> Iterator[None]:
    """The same where agents are members themselves, whose cover no money has paid."""
    yield
    assert breaks() == set()


@pytest.fixture
def later_law(db: None) -> None:
    """The discount of the worked example of R9 is not known yet."""
    Discount.objects.filter(code=CODE).delete()


@pytest.fixture
def outlet(db: None) -> PostAgent:
    """A working counter."""
    return PostAgentFactory.create()
