"""No page shows a whole NIK, phone or KPJ, an address or a note; names to the supervisor alone."""

import re

import pytest

from perisai.models import Role
from perisai.privacy import mask
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.test_roles import MAY_READ, user_of
from tests.supervision.world import ADDRESS, AGENT_NAME, NOTE, PAGES, PHONE, Corner, list_url

pytestmark = pytest.mark.django_db
PAGE_NAMES = [*PAGES, "dashboard"]
NIK_RUN = re.compile(r"(?<![0-9])[1-8][0-9]{15}(?![0-9])")


def pages_of(corner: Corner, role: Role, as_user: As) -> dict[str, str]:
    """Every page that a role may read, lists and details, as text."""
    browser = as_user(user_of(role, corner))
    urls = {"dashboard": "/admin/"}
    for page in MAY_READ[role]:
        urls |= {page: list_url(page), f"{page} detail": corner.detail_url(page)}
    found = {name: browser.get(url) for name, url in urls.items()}
    assert {answer.status_code for answer in found.values()} == {200}
    return {name: answer.content.decode() for name, answer in found.items()}


@pytest.mark.parametrize("role", MAY_READ)
def test_no_page_shows_what_is_masked(role: Role, corner: Corner, as_user: As) -> None:
    member = corner.member
    hidden = [member.nik, PHONE, PHONE[3:], member.kpj, ADDRESS, NOTE, "1990-01-01"]
    for name, text in pages_of(corner, role, as_user).items():
        assert not [datum for datum in hidden if datum in text], name
        assert NIK_RUN.search(text) is None, name


@pytest.mark.parametrize("role", MAY_READ)
def test_names_are_whole_for_the_supervisor_alone(role: Role, corner: Corner, as_user: As) -> None:
    text = "\n".join(pages_of(corner, role, as_user).values())
    is_supervisor = role == Role.SUPERVISOR
    assert ("SITI CONTOH" in text) is is_supervisor
    assert (AGENT_NAME in text) is is_supervisor
    assert (mask("name", "SITI CONTOH") in text) is (role in {Role.NATIONAL, Role.AUDITOR})


def test_the_masked_forms_are_shown(corner: Corner, as_user: As) -> None:
    text = as_user(corner.supervisor).get(corner.detail_url("enrollment_member")).content.decode()
    for shown in (
        mask("nik", corner.member.nik),
        mask("phone", PHONE),
        mask("kpj", corner.member.kpj),
    ):
        assert shown in text


def test_finance_sees_a_member_by_id_alone(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.FINANCE))
    text = browser.get(corner.detail_url("payments_payment")).content.decode()
    month = corner.payment.cover_months.get()
    assert str(month.member_id) in text
    assert "SITI" not in text
    assert "S***" not in text


@pytest.mark.parametrize(
    "asked",
    ["birth_date=1990-11-11", "birth_date__gte=1990-01-01", "sex=female", "agent__name=x"],
)
def test_no_list_is_narrowed_by_a_column_in_the_address(
    asked: str, corner: Corner, as_user: As
) -> None:
    answer = as_user(corner.supervisor).get(f"{list_url('enrollment_member')}?{asked}")
    assert answer.status_code == 400


@pytest.mark.parametrize("page", ["enrollment_member", "payments_payment", "retention_followup"])
@pytest.mark.parametrize("name", ["cover", "ecosystem", "channel", "open", "q", "after"])
def test_no_address_breaks_a_list(page: str, name: str, corner: Corner, as_user: As) -> None:
    answer = as_user(corner.supervisor).get(f"{list_url(page)}?{name}=%00")
    assert answer.status_code in {200, 302, 400, 404}
