"""What stands around an erased member: requests, copies, the prospect that she was (R36)."""

from datetime import date, timedelta

import pytest

from enrollment.models.member import ClosedReason
from enrollment.models.prospect import Prospect, ProspectContact
from enrollment.models.subject_copy import SubjectCopy
from enrollment.models.subject_request import (
    IdentityCheck,
    RequestKind,
    SubjectDecision,
    SubjectRequest,
)
from perisai.ids import new_id
from perisai.models import Agent, Erasure
from sync.models import CaseState, Conflict, Operation
from tests.enrollment.test_erasure import forget
from tests.factories.enrollment import MemberFactory, cared_for, in_book, registration_data
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory, UserFactory
from tests.sync.phones import op, owner, registering_phone

pytestmark = pytest.mark.django_db


def test_requests_of_the_erased_keep_kind_and_time_alone() -> None:
    member = MemberFactory.create()
    request = SubjectRequest.objects.create(
        member=member,
        kind=RequestKind.ERASURE,
        identity_check=IdentityCheck.values[0],
        words="Budi ingin dihapus",
        taken_by=UserFactory.create(),
        received_at=NOW,
        due_at=NOW + timedelta(hours=72),
    )
    copy = SubjectCopy.objects.create(
        request=request,
        made_by=UserFactory.create(),
        language="id",
        asked_at=NOW,
        built_at=NOW,
        content={"name": "Budi"},
    )
    SubjectDecision.objects.create(
        request=request,
        outcome="done",
        reason="Kata Budi",
        decided_by=UserFactory.create(),
        decided_at=NOW,
    )
    forget(member)
    kept = SubjectRequest.objects.with_decision().get()
    assert (kept.words, kept.decision.reason, kept.received_at) == (None, "", NOW)
    copy.refresh_from_db()
    assert (copy.content, copy.gone_at) == (None, NOW)


def test_prospect_that_the_erased_was_keeps_outcome_and_day() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    prospect = Prospect.objects.create(
        agent=agent,
        name="Budi",
        phone="+6281234567890",
        village_id="3515142001",
        ecosystem="desa",
        occupation_id="DES01",
        member=member,
    )
    overwritten = Conflict.objects.create(
        kind="overlap",
        entity="prospect",
        entity_id=prospect.pk,
        agent=agent,
        details={"name": "Budi", "phone": "+6281234567890"},
        state=CaseState.APPLIED,
        decided_by=UserFactory.create(),
        decided_at=NOW,
        reason="Kata Budi",
    )
    contact = ProspectContact.objects.create(
        prospect=prospect,
        rev=1,
        agent=agent,
        op_id=new_id(),
        outcome="interested",
        note="Budi mau",
        contacted_at=NOW,
    )
    forget(member)
    prospect.refresh_from_db()
    contact.refresh_from_db()
    assert (prospect.name, prospect.phone, contact.note) == ("", None, None)
    assert (contact.outcome, contact.contacted_at) == ("interested", NOW)
    overwritten.refresh_from_db()
    assert (overwritten.details, overwritten.reason) == (None, "")


def test_what_was_sent_under_an_id_that_became_an_alias_is_destroyed_too() -> None:
    member = MemberFactory.create(
        number=1,
        agent=AgentFactory.create(),
        closed_on=date(2026, 9, 30),
        closed_reason=ClosedReason.WITHDRAWN,
    )
    phone, alias = registering_phone(), new_id()
    said = {"group": "contact", "set": {"address_line": "Rumah biru"}}
    answers = phone.push(
        op(1, "member.register", entity_id=alias, data=registration_data(1, full_name="")),
        op(2, "member.register", entity_id=alias, data=registration_data(1)),
        op(3, "member.correct", entity_id=alias, base_rev=1, data=said),
        op(4, "device.note", data={"code": "other"}),
    )
    words = [answer["result"] for answer in answers]
    assert words == ["rejected", "redirected", "redirected", "applied"], answers
    forget(member)
    kept = Operation.objects.order_by("seq")
    assert [one.body is None for one in kept] == [True, True, True, False]

    (late,) = phone.push(op(5, "member.correct", entity_id=alias, base_rev=1, data=said))
    assert (late["result"], late["problem"]["code"]) == ("rejected", "not_in_book")
    assert Operation.objects.get(seq=5).body is None


def test_form_under_anothers_id_takes_nobody_else_along() -> None:
    phone = registering_phone()
    own = in_book(MemberFactory.create(number=2, agent=Agent.objects.get(pk=owner(phone))))
    gone = MemberFactory.create(
        number=1, closed_on=date(2026, 9, 30), closed_reason=ClosedReason.WITHDRAWN
    )
    phone.push(op(1, "member.register", entity_id=own.pk, data=registration_data(1)))
    assert gone.registrations.count() == 1
    forget(gone)
    assert list(Erasure.objects.values_list("subject_id", flat=True)) == [gone.pk]
    assert cared_for().get(erased_at=None) == own
