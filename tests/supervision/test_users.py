"""Office logins on their pages: proposed, decided by another, and a lost app reset."""

import re
from typing import Any

import pytest

from perisai.models import FactorReset, Role, TotpDevice, User, UserChange
from tests.factories.perisai import TotpDeviceFactory, UserChangeFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db

REASON = "pegawai baru di kantor pusat"


def act_url(record: Any, act: str) -> str:
    page = f"{record._meta.app_label}_{record._meta.model_name}"
    return detail_url(page, record.pk).replace("/change/", f"/act/{act}/")


def national() -> User:
    return UserFactory.create(role=Role.NATIONAL)


def test_a_new_user_is_proposed_by_one_and_confirmed_by_another(
    corner: Corner, as_user: As
) -> None:
    one, other = as_user(national()), as_user(national())
    sent = {"username": "dewi.baru", "role": "supervisor", "branch": corner.branch.pk}
    url = list_url("perisai_user") + "act/propose/"
    assert one.post(url, sent | {"reason": REASON}).status_code == 302
    change = UserChange.objects.get(username="dewi.baru")
    assert one.post(act_url(change, "confirm"), {}).status_code == 302
    assert not User.objects.filter(username="dewi.baru").exists()

    shown = other.post(act_url(change, "confirm"), {})
    told = r"kata sandi pertama.*?((?:[a-z2-9]{4}-){3}[a-z2-9]{4})"
    password = re.search(told, shown.content.decode(), re.DOTALL)
    user = User.objects.get(username="dewi.baru")
    assert "no-store" in shown.headers["Cache-Control"]
    assert password is not None
    assert user.check_password(password[1])
    assert user.branch == corner.branch


def test_a_branch_is_asked_of_supervisors_alone(corner: Corner, as_user: As) -> None:
    sent = {"username": "dewi.baru", "role": "supervisor", "reason": REASON}
    answer = as_user(national()).post(list_url("perisai_user") + "act/propose/", sent)
    assert answer.status_code == 422
    assert not UserChange.objects.filter(username="dewi.baru").exists()


def test_a_refused_proposal_changes_nothing(corner: Corner, as_user: As) -> None:
    change = UserChangeFactory.create()
    browser = as_user(national())
    assert browser.post(act_url(change, "refuse"), {}).status_code == 302
    assert browser.post(act_url(change, "confirm"), {}).status_code == 302
    change.refresh_from_db()
    assert change.decision == "refused"
    assert not User.objects.filter(username=change.username).exists()


def test_a_colleague_resets_a_lost_app(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    colleague = UserFactory.create(role=Role.SUPERVISOR, branch=corner.branch)
    for user in (corner.supervisor, colleague, elsewhere.supervisor):
        TotpDeviceFactory.create(user=user)
    browser = as_user(corner.supervisor)
    sent = {"reason": "ponsel hilang di jalan"}
    assert browser.post(act_url(elsewhere.supervisor, "reset-factor"), sent).status_code == 404
    assert browser.post(act_url(corner.supervisor, "reset-factor"), sent).status_code == 302
    assert TotpDevice.objects.count() == 3
    assert browser.post(act_url(colleague, "reset-factor"), sent).status_code == 302
    assert FactorReset.objects.get().user == colleague
    page = browser.get(detail_url("perisai_user", colleague.pk)).content.decode()
    assert "ponsel hilang di jalan" in page
    assert "belum ada" in page


def test_acts_on_logins_want_a_fresh_code(corner: Corner, as_user: As) -> None:
    change = UserChangeFactory.create()
    browser = as_user(national(), has_stepped_up=False)
    answer = browser.post(act_url(change, "confirm"), {})
    assert answer.headers["Location"].startswith("/admin/step-up/")
    assert not User.objects.filter(username=change.username).exists()
