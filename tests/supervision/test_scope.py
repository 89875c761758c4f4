"""A branch's pages start from the branch: what is another's is as unknown as what is not."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import Bill
from perisai.models import Role
from tests.factories.payments import bill_for, office_maker
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import PAGES, PAGES_OF_A_BRANCH, Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
UNKNOWN = UUID("01a1949e-d680-7a10-8c00-0000000000ff")


@pytest.mark.parametrize("page", PAGES_OF_A_BRANCH)
def test_a_list_holds_the_branch_and_nothing_of_another(
    page: str, corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    shown = as_user(corner.supervisor).get(list_url(page))
    assert shown.status_code == 200
    text = shown.content.decode()
    assert f'href="{corner.detail_url(page)}' in text
    assert elsewhere.detail_url(page) not in text
    assert "ANI LAIN" not in text


@pytest.mark.parametrize("page", PAGES_OF_A_BRANCH)
def test_a_record_of_another_branch_is_as_unknown_as_none(
    page: str, corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    own = browser.get(corner.detail_url(page))
    assert own.status_code == 200

    has_number = isinstance(corner.records()[page].pk, int)
    missing = 987_654_321 if has_number else UNKNOWN
    answers = []
    for url in (elsewhere.detail_url(page), detail_url(page, missing)):
        with CaptureQueriesContext(connection) as statements:
            answer = browser.get(url)
        answers.append((answer.status_code, answer.content, len(statements)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("key", ["x", "1; DROP TABLE", "00000000-0000-0000-0000-000000000000"])
def test_a_key_that_is_none_is_unknown_too(
    page: str, key: str, corner: Corner, as_user: As
) -> None:
    assert as_user(corner.supervisor).get(detail_url(page, key)).status_code == 404


def test_a_national_user_sees_every_branch(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    for place in (corner, elsewhere):
        assert browser.get(place.detail_url("enrollment_member")).status_code == 200


def test_a_shared_bill_shows_each_branch_its_own_lines(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    bill = bill_for(corner.member, elsewhere.member, maker=office_maker())
    url = detail_url("payments_bill", bill.pk)
    for own, foreign in ((corner, elsewhere), (elsewhere, corner)):
        text = as_user(own.supervisor).get(url).content.decode()
        assert text.count(own.detail_url("enrollment_member")) == 1
        assert foreign.detail_url("enrollment_member") not in text
        assert foreign.member.full_name not in text
    text = as_user(UserFactory.create(role=Role.FINANCE)).get(url).content.decode()
    assert str(corner.member.pk) in text
    assert str(elsewhere.member.pk) in text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("action", ["add/", "{key}/delete/", "{key}/history/", "{key}/"])
def test_there_is_nothing_to_add_delete_or_look_behind(
    page: str, action: str, corner: Corner, as_user: As
) -> None:
    url = list_url(page) + action.format(key=corner.records()[page].pk)
    assert as_user(corner.supervisor).get(url).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_nothing_can_be_sent_to_a_page(page: str, corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    before = Bill.objects.count()
    sent = {"action": "delete_selected", "_selected_action": str(corner.records()[page].pk)}
    assert browser.post(list_url(page), sent).status_code == 403
    assert browser.post(corner.detail_url(page), {"_save": "1"}).status_code == 403
    assert Bill.objects.count() == before
    for record in corner.records().values():
        record.refresh_from_db()


@pytest.mark.parametrize(
    "url", ["autocomplete/?app_label=enrollment", "r/5/1/", "jsi18n2/", "enrollment/", "axes/"]
)
def test_djangos_other_routes_are_not_there(url: str, corner: Corner, as_user: As) -> None:
    assert as_user(corner.supervisor).get(f"/admin/{url}").status_code == 404
