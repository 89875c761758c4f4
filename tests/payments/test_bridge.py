"""Bridged sponsor bills: late money lets an episode go on, by two persons (R18)."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from time_machine import travel

from enrollment.cover import CoverKind
from enrollment.models import Member
from payments.errors import (
    AlreadyPaid,
    BridgeUndocumented,
    CorrectionUnexplained,
    NothingToBridge,
    PayerCannotBridge,
    PayerDiffers,
    PayerNotFound,
)
from payments.models import Bill, BillLine, Correction, CorrectionKind, Payer
from payments.services.bridge_correction import Bridge
from payments.services.bridging import request_bridge
from payments.services.checks import run_checks
from payments.services.corrections import confirm_correction, effects_of, refuse_correction
from payments.services.outcomes import Posted
from payments.services.posting import pay
from perisai.errors import ApprovedByOneself, DomainError, NotFound
from perisai.models import Role, User
from sync.models import BookEntry
from tests.factories.payments import (
    WIB,
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    imported_member,
)
from tests.factories.perisai import AgentFactory, UserFactory
from tests.fixtures import LogIn
from tests.payments.ledger import money_rows, months_of

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 5, 10, tzinfo=WIB)
AUGUST = date(2026, 8, 1)
REASON = "dana daerah terlambat cair"


class Case:
    """The worked example: a district budget, members paid through August, money in December."""

    def __init__(self, kind: str = "apbd", **contract: Any) -> None:
        self.agent = AgentFactory.create()
        self.payer: Payer = PayerFactory.create(kind=kind, office=self.agent.office, **contract)
        self.supervisor = self.colleague()

    def colleague(self) -> User:
        """Another supervisor of the branch."""
        return UserFactory.create(role=Role.SUPERVISOR, branch=self.agent.office.branch)

    def member(self, **columns: Any) -> Member:
        """Whom the budget pays for; paid through August, unless said otherwise."""
        begun = {"paid_through": AUGUST, "episode_started_on": date(2025, 3, 12)}
        member = imported_member(self.agent, **(begun | columns))
        MemberPayerFactory.create(member=member, payer=self.payer)
        return member

    def ask(self, *members: Member, by: User | None = None, **changes: Any) -> Correction:
        """The supervisor's wish."""
        said = {"reason": REASON, "document": "SK 12/2026"} | changes
        bridge = Bridge(
            payer_id=self.payer.pk,
            member_ids=tuple(member.pk for member in members),
            document=said["document"],
        )
        return request_bridge(bridge, reason=said["reason"], by=by or self.supervisor, now=DECEMBER)


def test_r18_months_are_billed_at_their_own_price_and_the_episode_goes_on() -> None:
    case = Case()
    member = case.member()
    correction = case.ask(member)
    assert Bill.objects.count() == 0

    confirm_correction(correction.pk, by=case.colleague(), now=DECEMBER)

    bill = Bill.objects.get()
    lines = list(BillLine.objects.filter(bill=bill).order_by("month"))
    assert (bill.payable, bill.payer, bill.bridge) == (4 * 16_800, case.payer, correction)
    assert bill.made_by_user == case.supervisor
    assert [f"{line.month:%Y-%m}" for line in lines] == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert {(line.kind, line.episode_no, line.basis_episode) for line in lines} == {
        (CoverKind.CONTINUE, 1, 1)
    }
    assert bill.expires_at == datetime(2026, 12, 8, 10, tzinfo=WIB)
    told = BookEntry.objects.filter(entity="member", book__agent=case.agent)
    assert [entry.entity_id for entry in told] == [member.pk]


def test_r18_agent_does_not_take_back_what_two_persons_bridged(log_in: LogIn) -> None:
    case = Case()
    confirm_correction(case.ask(case.member()).pk, by=case.colleague(), now=DECEMBER)
    bill = Bill.objects.get()

    with travel(DECEMBER, tick=False):
        answer = log_in(case.agent).post(f"/api/v1/bills/{bill.code}/cancel")

    bill.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert bill.cancelled_at is None


def test_r18_payment_of_the_bridge_keeps_episode_and_its_first_day() -> None:
    case = Case()
    member = case.member()
    confirm_correction(case.ask(member).pk, by=case.colleague(), now=DECEMBER)

    outcome = pay(
        command_for(Bill.objects.get(), PostAgentFactory.create(), paid_at=DECEMBER), now=DECEMBER
    )

    member.refresh_from_db()
    assert isinstance(outcome, Posted)
    assert (member.paid_through, member.episode_no) == (date(2026, 12, 1), 1)
    assert member.episode_started_on == date(2025, 3, 12)
    assert months_of(member) == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert [result.code for result in run_checks() if result.breaks] == []


def test_r18_without_a_bridge_it_is_an_ordinary_reentry() -> None:
    case = Case()
    member = case.member()

    line = BillLine.objects.get(bill=bill_for(member, now=DECEMBER))

    assert (f"{line.month:%Y-%m}", line.kind, line.episode_no) == ("2026-12", "reentry", 2)


def test_members_of_one_bridge_miss_different_numbers_of_months() -> None:
    case = Case()
    long_ago, just_lapsed = case.member(paid_through=date(2025, 6, 1)), case.member()
    in_arrears = case.member(paid_through=date(2026, 11, 1))

    correction = case.ask(long_ago, just_lapsed, in_arrears)
    confirm_correction(correction.pk, by=case.colleague(), now=DECEMBER)

    counts = {
        member.pk: BillLine.objects.filter(member=member).count()
        for member in (long_ago, just_lapsed, in_arrears)
    }
    assert counts == {long_ago.pk: 18, just_lapsed.pk: 4, in_arrears.pk: 1}
    assert set(BillLine.objects.values_list("kind", flat=True)) == {"continue"}


def test_nobody_confirms_what_he_asked_for() -> None:
    case = Case()
    correction = case.ask(case.member())

    with pytest.raises(ApprovedByOneself):
        confirm_correction(correction.pk, by=case.supervisor, now=DECEMBER)
    assert Bill.objects.count() == 0


@pytest.mark.parametrize(
    "role", [Role.NATIONAL, Role.FINANCE, Role.AUDITOR, Role.AGENT, Role.POST_AGENT]
)
def test_only_a_supervisor_asks(role: Role) -> None:
    case = Case()
    member = case.member()

    with pytest.raises(NotFound):
        case.ask(member, by=UserFactory.create(role=role))
    assert Correction.objects.count() == 0


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
def test_roles_that_do_not_confirm(role: Role) -> None:
    case = Case()
    correction = case.ask(case.member())

    for decide in (confirm_correction, refuse_correction):
        with pytest.raises(NotFound):
            decide(correction.pk, by=UserFactory.create(role=role), now=DECEMBER)
    assert Bill.objects.count() == 0


def test_national_user_confirms_where_a_branch_has_one_supervisor() -> None:
    case = Case()
    correction = case.ask(case.member())

    second = UserFactory.create(role=Role.NATIONAL)
    confirm_correction(correction.pk, by=second, now=DECEMBER)

    assert Bill.objects.get().bridge == correction
    assert effects_of(correction) == ()


def test_supervisor_of_another_branch_neither_asks_nor_confirms() -> None:
    case, other = Case(), Case()
    member = case.member()
    correction = case.ask(member)

    with pytest.raises(PayerNotFound):
        case.ask(member, by=other.supervisor)
    with pytest.raises(NotFound):
        confirm_correction(correction.pk, by=other.supervisor, now=DECEMBER)
    assert Bill.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"document": ""}, BridgeUndocumented), ({"reason": " "}, CorrectionUnexplained)],
    ids=["no document", "no reason"],
)
def test_bridge_needs_a_reason_and_a_document(
    changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    case = Case()
    member = case.member()

    with pytest.raises(refusal):
        case.ask(member, **changes)
    assert Correction.objects.count() == 0


def test_group_and_ended_contracts_do_not_bridge() -> None:
    group, ended = Case("group"), Case(contract_to=date(2026, 12, 4))

    with pytest.raises(PayerCannotBridge):
        group.ask(group.member())
    with pytest.raises(PayerNotFound):
        ended.ask(ended.member())
    assert Correction.objects.count() == 0


def test_members_who_cannot_be_bridged_are_named() -> None:
    case = Case()
    good = case.member()
    paid = case.member(paid_through=date(2026, 12, 1))
    beginner = cared_for_member(case.agent)
    MemberPayerFactory.create(member=beginner, payer=case.payer)
    alone = cared_for_member(case.agent)

    def faults(*members: Member, refusal: type[DomainError]) -> list[tuple[str, str]]:
        with pytest.raises(refusal) as refused:
            case.ask(*members)
        return [(fault.pointer, fault.code) for fault in refused.value.errors]

    assert faults(good, paid, refusal=AlreadyPaid) == [("/members/1", "already_paid")]
    assert faults(beginner, refusal=NothingToBridge) == [("/members/0", "nothing_to_bridge")]
    assert faults(alone, refusal=PayerDiffers) == [("/members/0", "payer_differs")]
    assert Correction.objects.count() == 0


def test_what_changed_meanwhile_leaves_the_bridge_open() -> None:
    case = Case()
    member = case.member()
    correction = case.ask(member)
    member.closed_on, member.closed_reason = DECEMBER.date(), "deceased"
    member.save(update_fields=["closed_on", "closed_reason"])
    rows = money_rows()

    with pytest.raises(DomainError) as refused, transaction.atomic():
        confirm_correction(correction.pk, by=case.colleague(), now=DECEMBER)

    correction.refresh_from_db()
    assert (refused.value.code, correction.decision) == ("member_closed", "")
    assert money_rows() == rows


def test_refused_bridge_makes_no_bill() -> None:
    case = Case()
    correction = case.ask(case.member())

    refuse_correction(correction.pk, by=case.colleague(), now=DECEMBER)

    correction.refresh_from_db()
    assert (correction.decision, Bill.objects.count()) == ("refused", 0)


def test_database_keeps_bridges_to_sponsors_and_the_office() -> None:
    case = Case()
    alone = bill_for(cared_for_member(case.agent), now=DECEMBER)
    correction = case.ask(case.member())
    columns = {
        field.name: getattr(alone, field.name)
        for field in Bill._meta.concrete_fields
        if field.name not in {"id", "code", "bridge"}
    }

    with pytest.raises(IntegrityError, match="bill_bridge_is_a_sponsors"), transaction.atomic():
        Bill.objects.create(code="9900009000000003", bridge=correction, **columns)
    assert correction.kind == CorrectionKind.BRIDGE
