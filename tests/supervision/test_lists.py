"""Lists and details cost the same for one row and for many, and go on by key."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from retention.models import FollowUp
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import PostAgentFactory, paid
from tests.factories.perisai import AgentFactory, DeviceFactory, OfficeFactory
from tests.factories.retention import AttemptFactory, FollowUpFactory
from tests.payments.late import booked, notice_of
from tests.supervision.conftest import As
from tests.supervision.world import AUGUST, PAGES, Corner, list_url, make_operation

pytestmark = pytest.mark.django_db
MOST_OF_A_LIST, MOST = 15, 20  # statements; a record has many small tables
MORE = 49


def fill(corner: Corner) -> None:
    """Fifty of everything in the branch."""
    office = OfficeFactory.create(branch=corner.branch)
    AgentFactory.create_batch(MORE, office=office)
    DeviceFactory.create_batch(MORE, agent=corner.agent)
    outlet = PostAgentFactory.create()
    for number in range(MORE):
        member = MemberFactory.create(agent=corner.agent, paid_through=AUGUST)
        FollowUpFactory.create(member=member)
        AttemptFactory.create(member=corner.member)
        make_operation(corner.device, member=member, seq=number + 2)
        payer = MemberFactory.create(agent=corner.agent, paid_through=date(2026, 10, 1))
        paid(payer, outlet)
        booked(notice_of(outlet.partner, "", 8_400))


def cost(browser: Client, url: str) -> int:
    """Statements of one page."""
    with CaptureQueriesContext(connection) as statements:
        assert browser.get(url).status_code == 200
    return len(statements)


@pytest.mark.slow
def test_fifty_rows_cost_what_one_costs(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    urls = ["/admin/"]
    for page in PAGES:
        urls += [list_url(page), corner.detail_url(page)]
    browser.get("/admin/")
    first = {url: cost(browser, url) for url in urls}
    fill(corner)
    assert {url: cost(browser, url) for url in urls} == first
    lists = [list_url(page) for page in PAGES]
    assert max(first[url] for url in lists) <= MOST_OF_A_LIST
    assert max(first.values()) <= MOST


@pytest.mark.parametrize("page", ["enrollment_member", "perisai_agent"])
def test_pages_go_on_by_key_until_every_row_was_shown_once(
    page: str, corner: Corner, as_user: As
) -> None:
    office = OfficeFactory.create(branch=corner.branch)
    agents = AgentFactory.create_batch(70, office=office)
    for agent in agents:
        MemberFactory.create(agent=agent)
    browser = as_user(corner.supervisor)
    seen: list[Any] = []
    url = list_url(page)
    query = ""
    sizes = []
    while True:
        lines = browser.get(url + query).context["cl"]
        seen += [record.pk for record in lines.result_list]
        sizes.append(len(lines.result_list))
        query = lines.next_query
        if not query:
            break
    expected = 72  # the corner has two of each
    assert sizes == [50, expected - 50]
    assert len(set(seen)) == expected


def test_no_list_counts_its_rows(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for page in PAGES:
        with CaptureQueriesContext(connection) as statements:
            browser.get(list_url(page))
        assert not [one["sql"] for one in statements if "COUNT(*)" in one["sql"].upper()], page


@pytest.mark.parametrize("cursor", ["abc", "x:y:z", "WzFd:1:2"])
def test_a_false_cursor_is_an_unknown_page(cursor: str, corner: Corner, as_user: As) -> None:
    url = f"{list_url('enrollment_member')}?after={cursor}"
    assert as_user(corner.supervisor).get(url).status_code == 404


Choose = Callable[[str], set[object]]


@pytest.fixture
def chosen(corner: Corner, as_user: As) -> Callable[[str, str], set[object]]:
    """The keys that a list shows for a query."""
    browser = as_user(corner.supervisor)

    def choose(page: str, query: str) -> set[object]:
        lines = browser.get(f"{list_url(page)}?{query}").context["cl"]
        return {record.pk for record in lines.result_list}

    return choose


def test_members_are_filtered_by_derived_cover(
    corner: Corner, chosen: Callable[[str, str], set[object]]
) -> None:
    payer = corner.payment.cover_months.get().member_id
    assert chosen("enrollment_member", "cover=grace_2") == {corner.member.pk}
    assert chosen("enrollment_member", "cover=active") == {payer}
    assert chosen("enrollment_member", "cover=lapsed") == set()
    assert chosen("enrollment_member", "ecosystem=pasar") == set()
    assert chosen("enrollment_member", "ecosystem=desa") == {corner.member.pk, payer}


def test_follow_ups_are_filtered_by_derived_openness(
    corner: Corner, chosen: Callable[[str, str], set[object]]
) -> None:
    done = FollowUpFactory.create(member=corner.member, unpaid_since=date(2026, 3, 1))
    assert chosen("retention_followup", "") == {corner.follow_up.pk}
    assert chosen("retention_followup", "open=no") == {done.pk}
    assert chosen("retention_followup", "open=any") == {corner.follow_up.pk, done.pk}
    corner.member.paid_through = date(2026, 10, 1)
    corner.member.save(update_fields=["paid_through"])
    assert chosen("retention_followup", "") == set()
    assert FollowUp.objects.exclude(closed_on=None).count() == 0


def test_agents_are_found_by_the_beginning_of_their_number(
    corner: Corner, chosen: Callable[[str, str], set[object]]
) -> None:
    AgentFactory.create(number="PRS-9103-0001", office=corner.agent.office)
    assert chosen("perisai_agent", f"q={corner.agent.number}") == {corner.agent.pk}
    assert chosen("perisai_agent", "q=PRS-1671") == set()
