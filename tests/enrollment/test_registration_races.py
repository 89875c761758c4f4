"""Twenty phones register one person at once (R23): the constraint decides, nobody is lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from enrollment.models import ClosedReason, Consent, Registration, Verdict
from enrollment.operations import register
from perisai.models import Agent
from sync.models import BookEntry
from sync.registry import Op
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    register_op,
    registration_data,
)

pytestmark = pytest.mark.django_db(transaction=True)

PHONES = 20


def register_at_once(agents: list[Agent]) -> list[str]:
    """The words that the phones get, sorted."""
    start = Barrier(PHONES)

    def send(op: Op) -> str:
        try:
            start.wait(timeout=30)
            return register(op).word
        finally:
            connection.close()

    ops = [register_op(agent.pk, registration_data(1)) for agent in agents]
    with ThreadPoolExecutor(max_workers=PHONES) as pool:
        return sorted(pool.map(send, ops))


def test_r23_one_row_and_nineteen_cases() -> None:
    words = register_at_once(EligibleAgentFactory.create_batch(PHONES))
    assert words == ["applied"] + ["conflict"] * (PHONES - 1)
    member = cared_for().get()
    assert Consent.objects.get().member_id == member.pk
    assert list(BookEntry.objects.values_list("entity_id", "book__agent")) == [
        (member.pk, member.agent_id)
    ]
    assert Registration.objects.filter(verdict=Verdict.ACCEPTED).get().member_id == member.pk
    assert Registration.objects.filter(verdict=Verdict.HELD).count() == PHONES - 1


def test_r20_who_left_is_opened_again_by_one_of_them() -> None:
    left = MemberFactory.create(
        number=1, closed_on="2026-09-30", closed_reason=ClosedReason.WITHDRAWN
    )
    words = register_at_once(EligibleAgentFactory.create_batch(PHONES))
    assert words == ["conflict"] * (PHONES - 1) + ["redirected"]
    member = cared_for().get()
    assert (member.pk, member.rev, member.closed_on) == (left.pk, 2, None)
    assert list(BookEntry.objects.values_list("entity_id", "book__agent")) == [
        (left.pk, member.agent_id)
    ]
