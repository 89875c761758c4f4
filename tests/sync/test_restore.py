"""The server is lost and put back from a dump that pg_dump made in the middle of a day."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from enrollment.models import Member
from perisai.models import Device
from sync.models import Upload
from tests.backups import back_up, restored
from tests.factories.payments import NOW
from tests.payments.codes import breaks
from tests.phone.carrying import FIRST_PIECE
from tests.sync.restores import (
    Day,
    begin_again,
    book_by_hand,
    give_to,
    known_codes,
    kpj_of,
    numbers,
    rounds,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def time() -> Iterator[Any]:
    """It stands still, but where a test lets it go on."""
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def put_back(transactional_db: None) -> Iterator[Callable[[Path], None]]:
    """Let all go on upon what a dump holds, to the end of the test and of those who watch it."""
    with ExitStack() as stack:
        yield lambda dump: stack.enter_context(restored(dump))


def test_f25_everything_acknowledged_after_the_dump_is_back_once(
    tmp_path: Path, time: Any, put_back: Callable[[Path], None]
) -> None:
    """Phones and partner bring back what they were told of; by hand is what is said to be."""
    day, dump = Day(), tmp_path / "perisai.dump"
    day.before()
    back_up(dump)
    time.shift(timedelta(minutes=20))
    day.after()
    told, given_out = day.facts(), numbers()
    time.shift(timedelta(minutes=20))

    put_back(dump)
    assert_it_is_lost(day)
    begin_again()
    the_partner_says_it_again(day)
    day.come_back()
    two_of_finance_book_the_rest(day)
    rounds(day.hers, day.his)
    time.shift(timedelta(minutes=1))

    assert day.facts() == told
    assert day.till.missing() == set()
    assert_nobody_has_anothers_number(given_out)
    assert day.pool() <= known_codes()
    assert breaks() == set()

    time.shift(timedelta(minutes=20))
    day.everything_comes_again()
    assert day.facts() == told
    assert breaks() == set()


def assert_it_is_lost(day: Day) -> None:
    """The control: without all that follows, this is what the server has."""
    assert not Member.objects.filter(pk__in=[day.late, day.second]).exists()
    assert Device.objects.count() == 1
    assert (Upload.objects.get().state, Upload.objects.get().offset) == ("open", FIRST_PIECE)
    assert day.till.missing() == {day.under_code, day.by_number, day.by_lost_bill}


def the_partner_says_it_again(day: Day) -> None:
    """What its list has and our report has not, under the old keys; it takes back what it took."""
    said = {reference: day.till.say_again(reference) for reference in day.till.missing()}
    assert said == {
        day.under_code: (201, "held"),  # until the form that bears the code is back
        day.by_number: (404, "bill_not_found"),  # bills of a code that no backup knows
        day.by_lost_bill: (404, "bill_not_found"),
    }
    assert day.till.give_back_again(day.wrong) == "reversed"


def two_of_finance_book_the_rest(day: Day) -> None:
    """By the number that the counter asked with, if it is older than the backup; else by proof."""
    book_by_hand(day.till.late_notice(day.by_number, number=kpj_of(day.early)))
    book_by_hand(day.till.late_notice(day.by_lost_bill))
    give_to(kpj_of(day.second), day.by_lost_bill)


def assert_nobody_has_anothers_number(given_out: dict[str, str]) -> None:
    """Who got a number since the backup may have another one now, which was nobody's."""
    now = numbers()
    assert {kpj: now[kpj] for kpj in now.keys() & given_out.keys()} == {
        kpj: given_out[kpj] for kpj in now.keys() & given_out.keys()
    }
