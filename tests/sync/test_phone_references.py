"""The reference phone fetches what every phone may know, each content once."""

from datetime import date
from typing import Any

import pytest

from payments.models import Holiday
from perisai import publishing
from perisai.models import Agent, AgentVillage
from perisai.publishing import code_list, code_lists
from perisai.services.reference_files import publish_all
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory
from tests.phone.app import Phone
from tests.phone.transport import NoAnswer
from tests.sync.lines import Line, app_of
from tests.sync.scripts import ok, paths, phone_with

pytestmark = pytest.mark.django_db
LISTED = {
    *("codes", "consent-texts", "holidays", "occupations", "tariff"),
    *("regions/index", "regions/3515", "regions/351514"),
}


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent with a village, of a country whose files are published."""
    made: Agent = AgentFactory.create()
    AgentVillage.objects.create(agent=made, village_id="3515142001")
    publish_all(now=NOW)
    return made


@pytest.fixture
def phone(agent: Agent, line: Line) -> Phone:
    """Her phone after its first round."""
    made = app_of(agent, line)
    assert made.sync().is_done
    return made


def held(phone: Phone) -> set[str]:
    return {name for (name,) in phone.store.db.execute("SELECT name FROM reference")}


def calls(line: Line, phone: Phone) -> int:
    """How many calls it takes to hold everything."""
    before = len(line.seen)
    phone.references.refresh()
    return len(line.seen) - before


def test_each_content_is_fetched_once_and_nobodys_token_goes_with_it(
    phone: Phone, line: Line
) -> None:
    assert phone.references.is_due()
    assert calls(line, phone) == 1 + len(LISTED)
    assert held(phone) == LISTED
    assert not phone.references.is_due()
    assert calls(line, phone) == 1
    fetched = [call for call in line.seen if call.path.startswith("/api/v1/ref/")]
    assert all("Authorization" not in call.headers for call in fetched)
    villages = phone.references.content("regions/351514")["districts"][0]["villages"]
    assert ["3515142001", "Wilayut", "desa"] in villages


def test_only_what_changed_is_fetched_and_what_is_listed_no_more_goes(
    phone: Phone, agent: Agent, line: Line
) -> None:
    phone.references.refresh()
    AgentVillage.objects.filter(agent=agent).delete()
    Holiday.objects.create(
        day=date(2027, 2, 3), name="Libur contoh", kind="national", basis="decree"
    )
    publish_all(now=NOW)
    phone.store.remember(config_read_at=None)
    phone.sync()
    assert phone.references.is_due()
    assert calls(line, phone) == 2
    assert held(phone) == {name for name in LISTED if not name.startswith("regions/35")}
    assert "2027-02-03" in str(phone.references.content("holidays"))


def test_a_broken_line_costs_what_was_lost_alone(phone: Phone, line: Line) -> None:
    line.will("ok", "ok", "ok", "lost")
    with pytest.raises(NoAnswer):
        phone.references.refresh()
    assert (len(held(phone)), phone.references.is_due()) == (2, True)
    assert calls(line, phone) == 1 + len(LISTED) - 2
    assert not phone.references.is_due()


def test_a_content_that_is_not_the_announced_one_is_not_kept() -> None:
    named = {"name": "codes", "sha256": "0" * 64, "url": "/api/v1/ref/codes/00000000.json"}
    phone, server = phone_with(ok({"files": [named]}, etag='"r"'), ok({"lists": {}}))
    assert phone.references.refresh() == 0
    assert paths(server) == ["GET /ref", "GET /ref/codes/00000000.json"]
    assert phone.references.content("codes") is None
    assert phone.store.fact("ref") is None


def test_a_retired_word_is_offered_no_more_and_still_read(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {code.word: code.label for code in code_lists()["contact"]}
    kept: dict[str, Any] = {
        name: codes for name, codes in code_lists().items() if name != "contact"
    }
    monkeypatch.setattr(publishing, "_lists", kept)
    code_list("contact", words, retired={"not_home": date(2026, 10, 1)})
    publish_all(now=NOW)
    phone = app_of(agent)
    phone.references.refresh()
    offered = {
        day: "not_home" in phone.references.offered("contact", today=date(2026, *day))
        for day in ((9, 30), (10, 1))
    }
    assert offered == {(9, 30): True, (10, 1): False}
    assert phone.references.label("contact", "not_home", language="id") == "tidak di rumah"
    assert phone.references.label("contact", "unheard_of", language="en") == "unheard_of"
