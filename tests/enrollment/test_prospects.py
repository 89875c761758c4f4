"""Prospects (R41): one try after the other, until a registration converts them."""

from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError

from enrollment.errors import ProspectConverted
from enrollment.models import Member, Prospect, ProspectContact
from enrollment.operations import record_contact
from enrollment.services.erasure import erase_member
from enrollment.services.prospects import prospect_rows
from perisai.errors import FieldError, Invalid
from perisai.ids import new_id
from perisai.models import Agent, ErasureReason
from sync.errors import NotInBook
from sync.models import BookEntry, Conflict, Operation
from sync.registry import Op, Result
from tests.factories.enrollment import (
    CAPTURED_AT,
    EligibleAgentFactory,
    registration_data,
)
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.statements import run_sql
from tests.sync.phones import Phone, op, phone_of

pytestmark = pytest.mark.django_db

SAID = {
    "name": "Bu Warung",
    "village_code": "3515142001",
    "ecosystem": "pasar",
    "occupation": "DES01",
    "outcome": "interested",
}


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


def contact(agent: Agent, prospect_id: UUID, base_rev: int | None = None, **said: Any) -> Op:
    return Op(
        op_id=new_id(),
        kind="prospect.record",
        v=1,
        entity_id=prospect_id,
        data={name: value for name, value in (SAID | said).items() if value != "-"},
        agent_id=agent.pk,
        device_id=new_id(),
        made_at=CAPTURED_AT,
        adjusted_at=CAPTURED_AT,
        received_at=CAPTURED_AT,
        base_rev=base_rev,
    )


def test_r41_the_first_contact_makes_a_prospect(agent: Agent) -> None:
    made = contact(agent, new_id(), phone="0812-3456-7890", note="punya warung")
    assert record_contact(made) == Result(
        word="applied", entity="prospect", entity_id=made.entity_id, rev=1
    )
    prospect = Prospect.objects.get()
    assert (prospect.pk, prospect.agent_id) == (made.entity_id, agent.pk)
    assert (prospect.name, prospect.phone) == ("Bu Warung", "+6281234567890")
    told = ProspectContact.objects.get()
    assert (told.outcome, told.note, told.op_id) == ("interested", "punya warung", made.op_id)
    assert told.contacted_at == CAPTURED_AT
    assert prospect_rows(agent.pk, [prospect.pk]) == {
        prospect.pk: {
            "rev": 1,
            "name": "Bu Warung",
            "phone": "+6281234567890",
            "village_code": "3515142001",
            "ecosystem": "pasar",
            "occupation": "DES01",
            "last_outcome": "interested",
            "tries": 1,
            "next_on": None,
        }
    }
    entry = BookEntry.objects.get()
    assert (entry.entity, entry.entity_id, entry.is_present) == ("prospect", prospect.pk, True)


def test_r41_each_operation_is_one_try(agent: Agent) -> None:
    prospect_id = new_id()
    record_contact(contact(agent, prospect_id, phone="081234567890"))
    second = contact(agent, prospect_id, 1, outcome="later", next_on="2026-12-01")
    assert record_contact(second).rev == 2
    row = prospect_rows(agent.pk, [prospect_id])[prospect_id]
    assert (row["tries"], row["last_outcome"], row["next_on"]) == (2, "later", "2026-12-01")
    assert row["phone"] == "+6281234567890"
    record_contact(contact(agent, prospect_id, 2, phone=None))
    assert prospect_rows(agent.pk, [prospect_id])[prospect_id]["phone"] is None


def test_other_fields_are_merged_and_the_same_one_is_told(agent: Agent) -> None:
    prospect_id = new_id()
    record_contact(contact(agent, prospect_id))
    record_contact(contact(agent, prospect_id, 1, name="Bu Warung Dua"))
    beside = record_contact(
        contact(agent, prospect_id, 1, name="Bu Warung Dua", phone="081234567890")
    )
    assert (beside.word, beside.rev) == ("merged", 3)
    assert beside.extra == {"merged": {"theirs": ["name"], "ours": ["phone"]}, "overlap": []}
    assert Conflict.objects.count() == 0
    over = record_contact(contact(agent, prospect_id, 1, name="Bu Warung Tiga"))
    assert over.extra["overlap"] == ["name"]
    case = Conflict.objects.get()
    assert (case.kind, case.entity, case.details) == (
        "overlap",
        "prospect",
        {"name": "Bu Warung Dua"},
    )
    assert Prospect.objects.get().name == "Bu Warung Tiga"


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"name": ""}, "/data/name", "required"),
        ({"name": "A1"}, "/data/name", "name_invalid"),
        ({"village_code": "3515142999"}, "/data/village_code", "unknown_village"),
        ({"occupation": "X"}, "/data/occupation", "unknown_occupation"),
        ({"ecosystem": "laut"}, "/data/ecosystem", "unknown_choice"),
        ({"outcome": "later"}, "/data/next_on", "required"),
        ({"phone": "12"}, "/data/phone", "phone_invalid"),
    ],
)
def test_r41_a_faulty_contact_is_refused(
    agent: Agent, said: dict[str, str], pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        record_contact(contact(agent, new_id(), None, **said))
    found = [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert found == [(pointer, code)]
    assert Prospect.objects.count() == 0


def test_a_later_contact_names_a_revision(agent: Agent) -> None:
    prospect_id = new_id()
    record_contact(contact(agent, prospect_id))
    for base_rev, code in ((None, "required"), (2, "out_of_range")):
        with pytest.raises(Invalid) as refused:
            record_contact(contact(agent, prospect_id, base_rev))
        assert refused.value.errors == (FieldError(pointer="/base_rev", code=code),)
    assert ProspectContact.objects.count() == 1


def test_another_agents_prospect_is_not_in_the_book(agent: Agent) -> None:
    prospect_id = new_id()
    record_contact(contact(agent, prospect_id))
    with pytest.raises(NotInBook):
        record_contact(contact(AgentFactory.create(), prospect_id, 1, name="Orang Lain"))
    assert prospect_rows(AgentFactory.create().pk, [prospect_id]) == {}
    assert Prospect.objects.get().name == "Bu Warung"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE enrollment_prospectcontact SET rev = 7", "DELETE FROM enrollment_prospectcontact"],
)
def test_a_contact_is_never_changed(agent: Agent, statement: str) -> None:
    record_contact(contact(agent, new_id()))
    with pytest.raises(ProgrammingError, match="Cannot update or delete rows"):
        run_sql(statement)


def phone_of_an_agent() -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def test_r41_a_registration_converts_the_prospect(db: None) -> None:
    phone = phone_of_an_agent()
    prospect_id, member_id = new_id(), new_id()
    form = registration_data(1, prospect_id=str(prospect_id))
    first, second = phone.push(
        op(1, "prospect.record", entity_id=prospect_id, data=SAID),
        op(2, "member.register", entity_id=member_id, data=form),
    )
    assert (first["result"], second["result"], second.get("warnings")) == (
        "applied",
        "applied",
        None,
    )
    assert Prospect.objects.get().member_id == member_id
    phone.pull()
    assert list(phone.rows) == [("member", str(member_id))]
    assert phone.agrees()
    entry = BookEntry.objects.get(entity="prospect")
    assert (entry.reason, entry.into_id) == ("merged", member_id)
    late = op(3, "prospect.record", entity_id=prospect_id, base_rev=1, data=SAID)
    (answer,) = phone.push(late)
    assert (answer["result"], answer["problem"]["code"]) == ("rejected", ProspectConverted.code)


def test_an_unknown_and_a_foreign_prospect_spoil_no_registration(db: None) -> None:
    phone = phone_of_an_agent()
    foreign_id = new_id()
    record_contact(contact(AgentFactory.create(), foreign_id))
    for seq, prospect_id in enumerate((foreign_id, new_id()), start=1):
        form = registration_data(seq, prospect_id=str(prospect_id))
        (answer,) = phone.push(op(seq, "member.register", entity_id=new_id(), data=form))
        assert (answer["result"], answer["warnings"]) == ("applied", ["prospect_unknown"])
    assert Prospect.objects.get().member_id is None
    assert Member.objects.filter(agent=phone.device.agent_id).count() == 2


def test_r36_who_is_forgotten_is_forgotten_as_a_prospect_too(db: None) -> None:
    phone = phone_of_an_agent()
    prospect_id, member_id = new_id(), new_id()
    said = SAID | {"phone": "081234567890", "note": "punya warung"}
    phone.push(
        op(1, "prospect.record", entity_id=prospect_id, data=said),
        op(
            2,
            "member.register",
            entity_id=member_id,
            data=registration_data(1, prospect_id=str(prospect_id)),
        ),
    )
    reason = ErasureReason.REQUEST
    erase_member(member_id, by=None, reason=reason, request_id=None, now=CAPTURED_AT)
    prospect = Prospect.objects.get()
    assert (prospect.name, prospect.phone) == ("", None)
    assert ProspectContact.objects.get().note is None
    assert Operation.objects.get(kind="prospect.record").body is None
