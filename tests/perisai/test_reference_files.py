"""Reference files: listed for an agent, one content under one address for ever (R4, R13, R25)."""

import gzip
import hashlib
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import TextChoices
from rest_framework.test import APIClient

from enrollment.models import (
    ClosedReason,
    ConsentMethod,
    Ecosystem,
    FieldGroup,
    Occupation,
    PhoneOwner,
    ProspectOutcome,
    Purpose,
    Relation,
    Sex,
)
from enrollment.nik import SoftCheck
from enrollment.programmes import Programme
from payments.models import Holiday
from payments.services.tariff_changes import confirm_change, propose_change
from payments.tariff import DiscountRow, PayerKind
from perisai.models import AgentVillage, FileRole, ReferenceFile, Role
from perisai.pictures import TYPES
from perisai.publishing import code_lists
from perisai.services import reference_files
from perisai.services.reference_files import listing_for, publish_all
from retention.models import AttemptChannel, Contact, Decision
from seeds.reference import load_occupations
from sync.operations import NOTE_CODES, VOID_REASONS
from tests.factories.payments import NOW
from tests.factories.perisai import UserFactory
from tests.fixtures import AgentClient
from tests.statements import counted

pytestmark = pytest.mark.django_db
CODES: dict[str, set[str]] = {
    "attempt_channel": set(AttemptChannel.values),
    "close_reason": set(ClosedReason.values) - {"claimed_out"},  # the institution's own word
    "consent_method": set(ConsentMethod.values),
    "consent_purpose": set(Purpose.values),
    "contact": set(Contact.values),
    "correction_group": set(FieldGroup.values) - {"heirs", "closing", "registration"},
    "decision": set(Decision.values),
    "ecosystem": set(Ecosystem.values),
    "file_role": set(FileRole.values),
    "file_type": set(TYPES),
    "heir_relation": set(Relation.values),
    "note": set(NOTE_CODES),
    "payer_kind": set(PayerKind.values),
    "phone_owner": set(PhoneOwner.values),
    "programme": set(Programme.values),
    "prospect_outcome": set(ProspectOutcome.values),
    "sex": set(Sex.values),
    "soft_check": set(SoftCheck.values),
    "void_reason": set(VOID_REASONS),
}


@pytest.fixture(autouse=True)
def published(db: None) -> None:
    """Everything, as after a load of reference data."""
    publish_all(now=NOW)


def lines(client: AgentClient) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/v1/ref")
    assert answer.status_code == 200
    return {line["name"]: line for line in answer.json()["files"]}


def content(line: dict[str, Any]) -> Any:
    answer: Any = APIClient().get(line["url"])
    assert answer.status_code == 200, line
    assert len(answer.content) == line["bytes"]
    assert hashlib.sha256(answer.content).hexdigest() == line["sha256"]
    return json.loads(answer.content)


def test_an_agent_is_listed_what_is_for_everybody_and_her_regions(
    agent_client: AgentClient, other_agent_client: AgentClient
) -> None:
    AgentVillage.objects.create(agent=agent_client.agent, village_id="3515142001")
    shared = {"codes", "consent-texts", "holidays", "occupations", "regions/index", "tariff"}
    found = lines(agent_client)
    assert found.keys() == shared | {"regions/3515", "regions/351514"}
    assert lines(other_agent_client).keys() == shared
    assert all(content(line) for line in found.values())
    regency, district = content(found["regions/3515"]), content(found["regions/351514"])
    assert (regency["code"], district["code"]) == ("3515", "351514")
    (same,) = [one for one in regency["districts"] if one["code"] == "351514"]
    assert district["districts"] == [same]
    assert ["3515142001", "Wilayut", "desa"] in same["villages"]
    assert found["regions/3515"]["version"].startswith("Kepmendagri")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", found["tariff"]["version"])


def test_a_content_is_immutable_compressed_and_needs_no_login(agent_client: AgentClient) -> None:
    line = lines(agent_client)["occupations"]
    answer: Any = APIClient().get(line["url"], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["ETag"] == f'"{line["sha256"]}"'
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(answer.content)) == line["bytes"] > 2 * len(answer.content)
    again: Any = APIClient().get(line["url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]


def test_the_list_is_unchanged_until_something_is_and_the_config_names_it(
    agent_client: AgentClient,
) -> None:
    listing = agent_client.get("/api/v1/ref")
    tag = listing.headers["ETag"]
    assert agent_client.get("/api/v1/ref", headers={"If-None-Match": tag}).status_code == 304
    assert agent_client.get("/api/v1/sync/config").json()["ref"] == tag.strip('"')
    assert publish_all(now=NOW + timedelta(days=1)) == 0
    assert agent_client.get("/api/v1/ref").headers["ETag"] == tag


@pytest.mark.parametrize(
    "path",
    [
        *("tariff/00000000.json", "tidak-ada/{digits}.json", "tariff/{seven}.json"),
        *("tariff/%.json", "%00/{digits}.json"),
    ],
)
def test_what_was_never_published_is_not_found(path: str) -> None:
    digits = ReferenceFile.objects.get(name="tariff").sha256
    url = "/api/v1/ref/" + path.format(digits=digits[:8], seven=digits[:7])
    assert APIClient().get(url).status_code == 404


def test_a_new_law_is_a_new_address_and_the_old_one_stays(agent_client: AgentClient) -> None:
    before = lines(agent_client)["tariff"]
    law = DiscountRow(
        code="pp99_2026",
        programmes=frozenset({Programme.JKK, Programme.JKM}),
        sector=None,
        month_from=NOW.date().replace(year=2027, day=1),
        month_to=NOW.date().replace(year=2027, day=1),
        percent_off=50,
        excluded_payers=frozenset(),
    )
    first, second = (UserFactory.create(role=Role.NATIONAL) for _ in range(2))
    later = NOW + timedelta(hours=1)
    proposal = propose_change(law, source="PP 99/2026", by=first, now=later)
    confirm_change(proposal.pk, by=second, now=later)
    after = lines(agent_client)["tariff"]
    assert after["url"] != before["url"]
    assert "pp99_2026" in json.dumps(content(after))
    assert "pp99_2026" not in json.dumps(content(before))


def test_a_content_that_comes_back_is_the_newest_again(agent_client: AgentClient) -> None:
    before = lines(agent_client)["holidays"]
    day = Holiday.objects.order_by("pk")[0]
    Holiday.objects.filter(pk=day.pk).update(name="Hari lain")
    assert publish_all(now=NOW + timedelta(hours=1)) == 1
    assert lines(agent_client)["holidays"]["sha256"] != before["sha256"]
    Holiday.objects.filter(pk=day.pk).update(name=day.name)
    assert publish_all(now=NOW + timedelta(hours=2)) == 1
    assert lines(agent_client)["holidays"]["sha256"] == before["sha256"]


def test_every_code_that_a_phone_may_say_is_listed_in_both_languages(
    agent_client: AgentClient,
) -> None:
    lists = content(lines(agent_client)["codes"])["lists"]
    assert {name: {one["code"] for one in known} for name, known in lists.items()} == CODES
    said = {one["code"]: one for one in lists["contact"]}
    assert said["not_home"] == {
        "code": "not_home",
        "id": "tidak di rumah",
        "en": "not at home",
        "retired_on": None,
    }
    assert all(one["id"] and one["en"] for known in lists.values() for one in known)
    assert code_lists().keys() == lists.keys()


def test_an_occupation_that_left_the_file_is_retired_and_comes_back() -> None:
    Occupation.objects.create(
        code="OLD99",
        name_id="Pekerjaan lama",
        name_en="Old work",
        ecosystem=Ecosystem.DESA,
        transport_sector=False,
    )
    load_occupations()
    assert Occupation.objects.get(code="OLD99").retired_on is not None
    Occupation.objects.filter(code="DES01").update(retired_on=NOW.date())
    load_occupations()
    assert Occupation.objects.get(code="DES01").retired_on is None


def test_a_list_costs_two_statements(agent_client: AgentClient) -> None:
    with counted() as statements:
        listing_for(agent_client.agent.pk)
    assert len(statements) == 2
    assert issubclass(Contact, TextChoices)
    assert reference_files.DIGITS_IN_URL == 8
