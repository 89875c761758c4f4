"""A supervisor finds a member by card or receipt: in his branch, masked, in no address or log."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from perisai.models import Role
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import PHONE, Corner

pytestmark = pytest.mark.django_db


def find(browser: Client, by: str, value: str) -> tuple[int, str]:
    url = reverse("admin:enrollment_member_list_act", args=["find"])
    answer = browser.post(url, {"by": by, "value": value})
    return answer.status_code, answer.content.decode()


def keys(corner: Corner) -> dict[str, str]:
    return {
        "nik": corner.member.nik,
        "kpj": corner.member.kpj,
        "phone": "0812 9876 5432",
        "name": "siti",
    }


@pytest.mark.parametrize("by", ["nik", "kpj", "phone", "name"])
def test_a_member_of_the_branch_is_found_and_masked(by: str, corner: Corner, as_user: As) -> None:
    with capture_logs() as logs:
        status, text = find(as_user(corner.supervisor), by, keys(corner)[by])
    assert status == 200
    assert corner.detail_url("enrollment_member") in text
    assert not [
        secret for secret in (corner.member.nik, PHONE, corner.member.kpj) if secret in text
    ]
    said = str(logs)
    assert not [key for key in keys(corner).values() if key in said]


@pytest.mark.parametrize("by", ["nik", "kpj", "phone", "name"])
def test_a_member_of_another_branch_is_not_found(
    by: str, corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    key = {"nik": elsewhere.member.nik, "kpj": elsewhere.member.kpj, "name": "ani", "phone": PHONE}
    status, text = find(as_user(corner.supervisor), by, key[by])
    assert status == 200
    assert elsewhere.detail_url("enrollment_member") not in text


def test_national_users_find_by_number_and_not_by_name(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    status, text = find(browser, "kpj", corner.member.kpj)
    assert status == 200
    assert corner.detail_url("enrollment_member") in text
    assert "SITI CONTOH" not in text
    assert find(browser, "name", "siti")[0] == 422


@pytest.mark.parametrize(("by", "value"), [("nik", "12"), ("phone", "abc"), ("shoe", "42")])
def test_what_is_no_such_key_is_told(by: str, value: str, corner: Corner, as_user: As) -> None:
    assert find(as_user(corner.supervisor), by, value)[0] == 422


def test_who_walks_through_numbers_is_slowed(corner: Corner, as_user: As) -> None:
    most = int(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["search"].split("/")[0])
    browser = as_user(corner.supervisor)
    statuses = [find(browser, "kpj", f"{number:011d}")[0] for number in range(most + 1)]
    assert statuses == [200] * most + [422]
