"""All pages of one report are of one time, however long a partner takes to walk them."""

from datetime import datetime, timedelta

import pytest

from payments.services.reports import ON_THEIR_WAY
from tests.factories.payments import NOW, cared_for_member, paid
from tests.payments.counters import Counter
from tests.payments.test_reports import END, SOON, ask, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


@pytest.mark.parametrize("to", [END, SOON + timedelta(minutes=10)], ids=["day", "minutes"])
def test_all_pages_of_a_report_end_where_its_first_one_said(counter: Counter, to: datetime) -> None:
    """Time passes between two pages, and payments are taken: they are the next report's alone."""
    taken = [
        paid(cared_for_member(), counter.outlet, now=NOW + timedelta(seconds=number))
        for number in range(3)
    ]
    first = ask(counter, limit=2, to=to.isoformat()).json()
    between = paid(cared_for_member(), counter.outlet, now=SOON)
    later = {"at": SOON + timedelta(minutes=30), "limit": 2}

    second = ask(counter, cursor=first["next"], to=to.isoformat(), **later).json()
    following = ask(counter, **{"from": first["complete_until"]}, **later).json()

    assert first["complete_until"] == (SOON - ON_THEIR_WAY).isoformat()
    assert (second["complete_until"], second["next"]) == (first["complete_until"], None)
    assert numbers([first, second]) == [payment.receipt_no for payment in taken]
    assert numbers([following]) == [between.receipt_no]
