"""R34: the branch sees which sponsor ends when, for how many, and what they pay alone."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import Occupation
from perisai.models import Role
from tests.factories.enrollment import MemberFactory, MemberOccupationFactory
from tests.factories.payments import MemberPayerFactory
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, list_url

pytestmark = pytest.mark.django_db
PAGE = "retention_sponsoralert"
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def ending(corner: Corner) -> Corner:
    """The corner's sponsor has paid for three farmers and a driver until the end of the year."""
    said: dict[str, Any] = {"agent": corner.agent, "paid_through": DECEMBER}
    driver = MemberFactory.create(occupation=None, **said)
    transport = Occupation.objects.filter(transport_sector=True).order_by("code")[0]
    MemberOccupationFactory.create(member=driver, occupation_id=transport.pk)
    for member in (*MemberFactory.create_batch(3, **said), driver):
        MemberPayerFactory.create(member=member, payer=corner.sponsor)
    return corner


def test_the_list_has_heads_and_prices(ending: Corner, as_user: As) -> None:
    text = as_user(ending.supervisor).get(list_url(PAGE)).content.decode()
    assert ending.sponsor.name in text
    assert "31 Des. 2026" in text
    assert "60 hari sebelumnya" in text
    assert "Rp16.800: 3 peserta; Rp8.400 sampai Maret 2027: 1 peserta" in text


def test_a_record_has_every_price_and_when_it_begins(ending: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.AUDITOR))
    detail: Any = browser.get(ending.detail_url(PAGE)).context["detail"]
    facts = {str(fact.label): fact.value for fact in detail.facts}
    assert (facts["peserta saat itu"], facts["peserta sekarang"]) == (2, 4)
    assert facts["belum bisa dihitung iurannya"] == 0
    assert [tuple(str(cell) for cell in row[1:]) for row in detail.sections[0].rows] == [
        ("3", "Januari 2027", "\N{EN DASH}", "Rp16.800"),
        ("1", "Januari 2027", "Maret 2027", "Rp8.400"),
        ("1", "April 2027", "\N{EN DASH}", "Rp16.800"),
    ]


def test_the_list_is_filtered_by_whether_it_stands(
    ending: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))

    def chosen(query: str) -> set[object]:
        lines = browser.get(f"{list_url(PAGE)}{query}").context["cl"]
        return {record.pk for record in lines.result_list}

    stands, over = ending.records()[PAGE].pk, elsewhere.records()[PAGE].pk
    assert chosen("") == {stands, over}
    assert chosen("?open=yes") == {stands}
    assert chosen("?open=no") == {over}
    assert chosen("?open=perhaps") == set()


def test_the_first_page_counts_the_branchs_own(
    ending: Corner, elsewhere: Corner, as_user: As
) -> None:
    shown = as_user(ending.supervisor).get("/admin/")
    (section,) = [one for one in shown.context["waiting"] if "Sponsor" in str(one.title)]
    assert [row[1] for row in section.rows] == [1]
    assert "31 Des. 2026" in section.rows[0][0]
    other = as_user(elsewhere.supervisor).get("/admin/").context["waiting"]
    assert not [one for one in other if "Sponsor" in str(one.title)]


def test_a_follow_up_says_from_when_the_months_cost_more(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    text = browser.get(corner.detail_url("retention_followup")).content.decode()
    assert "mulai Januari 2027 Rp16.800, sebelumnya Rp8.400" in text
