"""Credit of the wrong member goes back into suspense, by two persons, while it is there (R12)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from enrollment.models import Member
from payments.errors import CorrectionOpen, CreditSpent, CreditTakenBack, MemberNotFound
from payments.models import (
    Account,
    Correction,
    CorrectionKind,
    JournalEntry,
    LateMoney,
    Payment,
    PaymentPartner,
    Release,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    request_correction,
)
from payments.services.credit_correction import gifts_of
from payments.services.merging import credit_of
from payments.services.outcomes import Refused
from payments.services.reversal import reverse
from payments.services.suspense import retry_suspense
from perisai.errors import ApprovedByOneself, NotFound
from perisai.models import Role, User
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
    reversal_of,
    taker,
)
from tests.factories.perisai import UserFactory
from tests.payments.late import LATER, ask_release, booked, confirm, finance, in_suspense, notice_of
from tests.payments.ledger import balances, money_rows, months_of
from tests.payments.test_checks import behind_the_triggers, broken
from tests.statements import counted, run_sql

pytestmark = pytest.mark.django_db

Give = Callable[[Member, PaymentPartner], LateMoney]


@pytest.fixture(autouse=True)
def _adds_up(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test books, every claim of check_money holds afterwards."""
    yield
    if "fault" not in request.fixturenames:
        assert broken() == {}


def by_release(member: Member, partner: PaymentPartner) -> LateMoney:
    """Suspense that two persons made the credit of a KPJ."""
    late = booked(notice_of(partner, "", 10_000))
    confirm(ask_release(late, member.kpj, is_credit=True))
    return LateMoney.objects.get(pk=late.money_id)


def as_surplus(member: Member, partner: PaymentPartner) -> LateMoney:
    """A file's money for a bill whose month somebody else had paid: all of it is credit."""
    bill = bill_for(member, months=1)
    paid(member, PostAgentFactory.create())
    late = booked(notice_of(partner, bill.code, 10_000))
    assert (late.late_posted, late.credited) == (0, 10_000)
    return LateMoney.objects.get(pk=late.money_id)


WAYS = pytest.mark.parametrize("give", [by_release, as_surplus])


def ask_back(money: LateMoney, by: User | None = None) -> Correction:
    """That somebody wants the credit back."""
    (gift,) = gifts_of(money, seen_by=finance())
    draft = CorrectionDraft(
        kind=CorrectionKind.CREDIT, reason="saldo peserta yang salah", entry=gift.entry
    )
    return request_correction(draft, by=by or finance())


@WAYS
def test_credit_goes_back_into_suspense_and_on_to_its_owner(give: Give) -> None:
    wrong, right, partner = cared_for_member(), cared_for_member(), PaymentPartnerFactory.create()
    money = give(wrong, partner)
    before = balances()
    correction = ask_back(money)
    assert balances() == before
    effects = {one.account: (one.before, one.after) for one in effects_of(correction)}
    assert effects == {Account.MEMBER_CREDIT: (-10_000, 0), Account.SUSPENSE: (0, -10_000)}

    confirm(correction)

    assert (credit_of(wrong.pk), in_suspense()) == (0, 10_000)
    assert balances()[Account.PARTNER_RECEIVABLE] == before[Account.PARTNER_RECEIVABLE]
    mirror = JournalEntry.objects.get(kind="reversal")
    assert (mirror.reverses_id, mirror.correction) == (correction.entry_id, correction)
    assert gifts_of(money, seen_by=finance()) == []
    assert broken() == {}
    waiting = LateMoney.objects.in_suspense().get()
    assert [retry_suspense(lambda: LATER), credit_of(wrong.pk)] == [0, 0]
    release = CorrectionDraft(
        kind=CorrectionKind.RELEASE,
        reason="pemiliknya sudah datang",
        entry=waiting.suspense,
        details={"number": bill_for(right).code, "is_credit": False},
    )
    confirm(request_correction(release, by=finance()))
    assert (months_of(right), credit_of(right.pk), in_suspense()) == (["2026-11"], 1_600, 0)


def test_surplus_waits_under_a_reference_that_no_partner_can_send() -> None:
    money = as_surplus(cared_for_member(), PaymentPartnerFactory.create())

    confirm(ask_back(money))

    waiting = LateMoney.objects.in_suspense().get()
    assert (waiting.reference, waiting.why) == (f"{money.reference}/credit", "credit_back")
    assert (waiting.number, waiting.paid_at) == (money.number, money.paid_at)


@WAYS
def test_spent_credit_stays_where_it_is(give: Give) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    money = give(member, outlet.partner)
    correction = ask_back(money)
    paid(member, outlet, months=3, now=NOW + timedelta(hours=1))
    rows = money_rows()

    with pytest.raises(CreditSpent) as refused:
        confirm(correction)

    correction.refresh_from_db()
    assert refused.value.context == {"member_ids": [str(member.pk)]}
    assert (correction.decided_at, money_rows(), in_suspense()) == (None, rows, 0)


@WAYS
def test_taken_back_once(give: Give) -> None:
    money = give(cared_for_member(), PaymentPartnerFactory.create())
    (gift,) = gifts_of(money, seen_by=finance())
    correction = ask_back(money)
    with pytest.raises(CorrectionOpen):
        ask_back(money)
    confirm(correction)

    with pytest.raises(CreditTakenBack):
        request_correction(
            CorrectionDraft(kind=CorrectionKind.CREDIT, reason="sekali lagi", entry=gift.entry),
            by=finance(),
        )


def test_nobody_takes_back_what_he_asked_for_and_supervisors_see_their_own_alone() -> None:
    member = cared_for_member()
    money = by_release(member, PaymentPartnerFactory.create())
    stranger = UserFactory.create(role=Role.SUPERVISOR)
    with pytest.raises(MemberNotFound):
        ask_back(money, by=stranger)
    with pytest.raises(NotFound):
        ask_back(money, by=UserFactory.create(role=Role.NATIONAL))
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)

    correction = ask_back(money, by=supervisor)

    assert correction.decision == ""
    for second, refusal in ((supervisor, ApprovedByOneself), (stranger, NotFound)):
        with pytest.raises(refusal):
            confirm_correction(correction.pk, by=second, now=LATER)
    assert credit_of(member.pk) == 10_000


def test_what_gave_no_credit_by_itself_is_not_taken_back() -> None:
    member, partner = cared_for_member(), PaymentPartnerFactory.create()
    with_payment = booked(notice_of(partner, bill_for(member).code, 10_000))
    suspended = booked(notice_of(partner, "", 8_400))
    money = LateMoney.objects.get(pk=with_payment.money_id)
    waiting = LateMoney.objects.get(pk=suspended.money_id)
    assert (gifts_of(money, seen_by=finance()), gifts_of(waiting, seen_by=finance())) == ([], [])

    for entry in (
        money.surplus,
        waiting.suspense,
        Payment.objects.get().entries.get(kind="late_post"),
    ):
        draft = CorrectionDraft(kind=CorrectionKind.CREDIT, reason="salah orang", entry=entry)
        with pytest.raises(NotFound):
            request_correction(draft, by=finance())


def test_credit_beside_a_release_that_was_reversed_is_taken_back() -> None:
    wrong, partner = cared_for_member(), PaymentPartnerFactory.create()
    late = booked(notice_of(partner, "", 10_000))
    confirm(ask_release(late, bill_for(wrong).code))
    reversal = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=Payment.objects.get()
    )
    confirm(request_correction(reversal, by=finance()))
    assert (credit_of(wrong.pk), in_suspense()) == (1_600, 8_400)

    confirm(ask_back(LateMoney.objects.get()))

    assert (credit_of(wrong.pk), in_suspense()) == (0, 10_000)
    assert Release.objects.standing().count() == 0


def test_many_gifts_cost_the_statements_of_one() -> None:
    first, second = cared_for_member(), cared_for_member()
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 10_000))
    confirm(ask_release(late, bill_for(first).code))
    reversal = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=Payment.objects.get()
    )
    confirm(request_correction(reversal, by=finance()))
    user, costs, found = finance(), [], []

    for _ in range(2):
        money = LateMoney.objects.get()
        with counted() as statements:
            found.append([gift.shares for gift in gifts_of(money, seen_by=user)])
        costs.append(len(statements))
        if len(costs) == 1:
            confirm(ask_release(late, second.kpj, is_credit=True))

    assert found == [[{first.pk: 1_600}], [{first.pk: 1_600}, {second.pk: 8_400}]]
    assert costs == [2, 2]


@WAYS
def test_supervisors_choose_among_the_credit_of_their_own_members(give: Give) -> None:
    member = cared_for_member()
    money = give(member, PaymentPartnerFactory.create())
    own = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)
    stranger = UserFactory.create(role=Role.SUPERVISOR)

    found = [len(gifts_of(money, seen_by=user)) for user in (own, finance(), stranger)]

    assert found == [1, 1, 0]


def test_counter_cannot_take_back_what_the_credit_was() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    money = as_surplus(member, outlet.partner)
    confirm(ask_back(money))
    command = reversal_of(Payment.objects.get(), target=money.reference, taker=taker(outlet))

    assert reverse(command, now=LATER) == Refused(code="reversal_window_closed")


# Of credit that was taken back from a release (`R`) and from a surplus (`U`): their mirrors.
FAULTS: list[tuple[str, set[str]]] = [
    ("DELETE FROM payments_latemoney WHERE reference LIKE '%/credit'", {"I3", "I8"}),
    ("UPDATE payments_latemoney SET reference = 'lain' WHERE reference LIKE '%/credit'", {"I3"}),
    ("UPDATE payments_latemoney SET correction_id = NULL WHERE reference LIKE '%/credit'",
     {"I3"}),
    ("UPDATE payments_journalentry SET correction_id ="
     " (SELECT correction_id FROM payments_journalentry WHERE id = U) WHERE id = R", {"I4"}),
    ("UPDATE payments_journalentry SET correction_id ="
     " (SELECT correction_id FROM payments_journalentry WHERE id = R) WHERE id = U", {"I3", "I4"}),
    ("UPDATE payments_correction SET entry_id = (SELECT min(id) FROM payments_journalentry)"
     " WHERE entry_id = (SELECT reverses_id FROM payments_journalentry WHERE id = R)", {"I4"}),
    ("UPDATE payments_journalline SET amount = amount * 2 WHERE entry_id = R", {"I4", "I8", "I9"}),
    ("UPDATE payments_journalline l SET member_id = (SELECT id FROM enrollment_member m WHERE"
     " m.id <> l.member_id LIMIT 1) WHERE entry_id = U AND account_id = 2200", {"I4", "I9"}),
    ("UPDATE payments_journalentry SET reverses_id = NULL WHERE id = R", {"I4", "I8"}),
    ("UPDATE payments_journalentry SET reverses_id = NULL WHERE id = U", {"I4", "I8"}),
    ("UPDATE payments_journalentry SET reverses_id = (SELECT suspense_id FROM payments_latemoney"
     " WHERE reference LIKE '%/credit') WHERE id = U", {"I4", "I8"}),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "claims"), FAULTS, ids=range(len(FAULTS)))
def test_planted_fault_in_what_was_taken_back_breaks_its_claims_and_no_other(
    fault: str, claims: set[str]
) -> None:
    partner = PaymentPartnerFactory.create()
    released, surplus = (
        by_release(cared_for_member(), partner),
        as_surplus(cared_for_member(), partner),
    )
    for money in (released, surplus):
        confirm(ask_back(money))
    assert broken() == {}
    mirrors = JournalEntry.objects.filter(kind="reversal")
    names = {
        "= R": f"= {mirrors.get(reverses__kind='release').pk}",
        "= U": f"= {mirrors.get(reverses__kind='surplus').pk}",
    }
    for name, value in names.items():
        fault = fault.replace(name, value)

    with behind_the_triggers():
        run_sql("ALTER TABLE payments_correction DISABLE TRIGGER USER")
        run_sql(fault)
        run_sql("ALTER TABLE payments_correction ENABLE TRIGGER USER")

    assert broken().keys() == claims
