"""Who may decide a case, and in what words: a supervisor of the branch, with a reason."""

import pytest

from perisai.errors import Invalid, NotFound
from perisai.models import Role
from sync import registry
from sync.errors import CaseOfAnotherBranch
from sync.models import CaseState, Conflict, Operation
from sync.services.decide import Word, decide
from tests.factories.perisai import UserFactory
from tests.sync.offices import REASON, case_of, held, rule, supervisor_of
from tests.sync.pebbles import KIND, laid, lay_many
from tests.sync.phones import Phone, new_ids, owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]


def test_another_agent_must_be_of_the_branch(phone: Phone, other: Phone) -> None:
    sent = held(phone)
    with pytest.raises(Invalid):
        rule(case_of(sent), "apply", by=supervisor_of(phone), under=owner(other))
    assert (case_of(sent).state, laid()) == (CaseState.OPEN, 0)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_word_needs_a_reason_of_some_length(phone: Phone, reason: str) -> None:
    sent = held(phone)
    with pytest.raises(Invalid):
        decide(
            case_of(sent).pk,
            Word(decision="refuse", reason=reason),
            by=supervisor_of(phone),
            now=Operation.objects.get().received_at,
        )
    assert case_of(sent).state == CaseState.OPEN


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.FINANCE, Role.AUDITOR, Role.AGENT])
def test_nobody_but_a_supervisor_decides(phone: Phone, role: Role) -> None:
    sent = held(phone)
    with pytest.raises(NotFound):
        rule(case_of(sent), "apply", by=UserFactory.create(role=role))
    assert (case_of(sent).state, laid()) == (CaseState.OPEN, 0)


def test_nobody_decides_outside_his_branch(phone: Phone, other: Phone) -> None:
    sent = held(phone)
    with pytest.raises(NotFound):
        rule(case_of(sent), "refuse", by=supervisor_of(other))
    assert case_of(sent).state == CaseState.OPEN


def test_a_record_of_another_branch_is_changed_by_that_branch_alone(
    phone: Phone, other: Phone
) -> None:
    (kept,) = new_ids(1)
    lay_many(owner(other), [kept])
    registry.seen_by(KIND)(
        lambda user, ids: set(
            Conflict.objects.filter(
                pk__in=list(ids), agent__office__branch=user.branch
            ).values_list("pk", flat=True)
        )
    )
    sent = held(phone, other=str(kept))

    with pytest.raises(CaseOfAnotherBranch):
        rule(case_of(sent), "apply", by=supervisor_of(phone))
    assert (case_of(sent).state, laid()) == (CaseState.OPEN, 1)

    assert rule(case_of(sent), "merge", by=supervisor_of(other)).state == CaseState.MERGED


def test_an_unknown_case_is_not_found(phone: Phone) -> None:
    with pytest.raises(NotFound):
        decide(
            new_ids(1)[0],
            Word(decision="refuse", reason=REASON),
            by=supervisor_of(phone),
            now=phone.device.lease_until,
        )
