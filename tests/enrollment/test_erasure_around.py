"""What stands around an erased member: requests, copies, the prospect that she was (R36)."""

from datetime import timedelta

import pytest

from enrollment.models.prospect import Prospect, ProspectContact
from enrollment.models.subject_copy import SubjectCopy
from enrollment.models.subject_request import (
    IdentityCheck,
    RequestKind,
    SubjectDecision,
    SubjectRequest,
)
from perisai.ids import new_id
from tests.enrollment.test_erasure import forget
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory, UserFactory

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
