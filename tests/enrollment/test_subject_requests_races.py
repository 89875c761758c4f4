"""Two people who decide one request at once: one word counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from enrollment.errors import CopyGone, RequestDecided
from enrollment.models import Outcome, ProcessingLimit, RequestKind, SubjectAlarm, SubjectDecision
from enrollment.services.subject_alarms import raise_alarms
from enrollment.services.subject_copies import ask_for_copy, hand_over, keep_content
from enrollment.services.subject_requests import DecisionForm, decide_request
from perisai.models import OutboxMessage, User
from tests.factories.perisai import UserFactory
from tests.factories.subject_requests import RECEIVED_AT, SubjectRequestFactory

pytestmark = pytest.mark.django_db(transaction=True)
LATER = RECEIVED_AT + timedelta(hours=1)


def test_two_who_decide_at_once_leave_one_decision() -> None:
    request = SubjectRequestFactory.create(kind=RequestKind.RESTRICTION)
    start = Barrier(2)

    def decide(said: tuple[User, Outcome]) -> str:
        by, outcome = said
        form = DecisionForm(outcome=outcome, reason="Identitas sudah diperiksa")
        try:
            start.wait(timeout=10)
            return decide_request(request.pk, form, by=by, now=LATER).outcome
        except RequestDecided:
            return ""
        finally:
            connection.close()

    deciders = [
        (UserFactory.create(), Outcome.DONE),
        (UserFactory.create(), Outcome.REFUSED),
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        words = sorted(pool.map(decide, deciders))

    kept = SubjectDecision.objects.get()
    assert words == ["", kept.outcome]
    assert ProcessingLimit.objects.count() == (kept.outcome == Outcome.DONE)


def test_a_copy_is_handed_over_once_however_many_hands_reach_for_it() -> None:
    request, by = SubjectRequestFactory.create(), UserFactory.create()
    copy = ask_for_copy(request.pk, by=by, language="id", now=LATER)
    keep_content(copy.pk, {"member": []}, now=LATER)
    start = Barrier(4)

    def take(_: int) -> UUID | None:
        try:
            start.wait(timeout=10)
            return hand_over(request.pk, by=by, now=LATER)[0].pk
        except CopyGone:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        taken = list(pool.map(take, range(4)))

    assert sorted(taken, key=str) == sorted([copy.pk, None, None, None], key=str)


def test_alarms_beside_each_other_are_raised_once() -> None:
    SubjectRequestFactory.create()
    start = Barrier(4)

    def ring(_: int) -> int:
        try:
            start.wait(timeout=10)
            return raise_alarms(RECEIVED_AT + timedelta(hours=25))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        raised = sum(pool.map(ring, range(4)))

    assert (raised, SubjectAlarm.objects.count(), OutboxMessage.objects.count()) == (1, 1, 1)
