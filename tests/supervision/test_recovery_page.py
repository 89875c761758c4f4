"""The page of what came of the work: of one branch, at a fixed cost, without telling of few."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perisai.models import Role
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db
PAGE = "/admin/recovery/"
MOST = 15
COHORTS = ("bulan pertama", "agen bulan pertama", "pembayar bulan pertama")


def test_a_supervisor_reads_his_branch_alone(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    with CaptureQueriesContext(connection) as statements:
        text = browser.get(PAGE, {"branch": elsewhere.branch.code}).content.decode()
    assert len(statements) <= MOST
    assert corner.branch.name in text
    assert elsewhere.branch.name not in text
    assert (corner.agent.number in text, elsewhere.agent.number in text) == (True, False)
    for words in (
        *("Menurut desa/kelurahan", "tidak di rumah", "0 / 1 (0%)", "Retensi"),
        *(f"Bertahan menurut {by}" for by in COHORTS),
    ):
        assert words in text
    assert "&lt;5" not in text
    assert f'href="{PAGE}"' in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.AUDITOR])
def test_others_choose_a_branch_and_are_told_of_no_few_by_village(
    role: Role, corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(UserFactory.create(role=role))
    text = browser.get(PAGE, {"branch": elsewhere.branch.code}).content.decode()
    assert (corner.agent.number in text, elsewhere.agent.number in text) == (False, True)
    assert "desa/kelurahan lain" in text
    assert "&lt;5" in text


def test_a_month_is_chosen_and_an_unknown_one_is_none(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    shown = {
        month: corner.agent.number
        in _by_agent(browser.get(PAGE, {"month": month}).content.decode())
        for month in ("2026-10", "2026-11", "1999-01", "x")
    }
    assert shown == {"2026-10": True, "2026-11": False, "1999-01": True, "x": True}


def test_what_is_not_there_says_why(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    text = browser.get(PAGE, {"month": "2026-10"}).content.decode()
    assert "terlalu baru" in text  # fifty days old: within sixty and ninety nothing is known yet
    assert "bulan ini belum selesai" not in text
    text = browser.get(PAGE, {"month": "2026-11"}).content.decode()
    assert "bulan ini belum selesai" in text
    text = browser.get(PAGE, {"month": "2026-09"}).content.decode()
    assert "Tidak ada tindak lanjut iuran yang mulai pada September 2026." in text
    english = browser.get(PAGE, {"month": "2026-09"}, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "No follow-up about contributions began in September 2026." in english


def _by_agent(text: str) -> str:
    """The table of follow-ups by agent; cohorts stand below, whatever month is chosen."""
    return text.split("Menurut agen saat itu")[1].split("</section>", maxsplit=1)[0]


def test_finance_neither_reads_nor_finds_it(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.FINANCE))
    assert browser.get(PAGE).status_code == 403
    assert f'href="{PAGE}"' not in browser.get("/admin/").content.decode()
    assert as_user(corner.supervisor).post(PAGE).status_code == 403


def test_who_stays_is_told_apart_by_month_agent_and_payer(corner: Corner, as_user: As) -> None:
    """Somebody of the corner paid for November: a cohort of one in each of the three tables."""
    text = as_user(corner.supervisor).get(PAGE).content.decode()
    tables = dict(
        re.findall(r"<h2>Bertahan menurut ([^<]*?) <small>.*?<tbody>(.*?)</tbody>", text, re.DOTALL)
    )
    shown = {
        title: re.findall(r"<tr><td>([^<]*)</td><td>(\d+)</td>", rows)
        for title, rows in tables.items()
    }
    assert shown == {
        "bulan pertama": [("November 2026", "1")],
        "agen bulan pertama": [(corner.agent.number, "1")],
        "pembayar bulan pertama": [("peserta sendiri", "1")],
    }
