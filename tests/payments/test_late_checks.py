"""check_money sees each fault in late money and suspense that is planted past the triggers."""

import pytest

from payments.models import LateMoney, Payment, Reversal
from payments.services.suspense import ReleaseOrder, release_suspense
from tests.factories.payments import PostAgentFactory, bill_for, cared_for_member, paid
from tests.payments.late import LATER, booked, notice_of
from tests.payments.test_checks import behind_the_triggers, broken
from tests.statements import run_sql

pytestmark = pytest.mark.django_db

# `P`: a late payment, `L` its late money, which also left credit. `S`: money in suspense.
# `R`: money that was suspended and paid a bill. `C`: the same, as credit.
FAULTS: list[tuple[str, set[str]]] = [
    ("UPDATE payments_payment SET late_post = false WHERE id = P", {"I3"}),
    ("UPDATE payments_journalentry SET kind = 'accept' WHERE payment_id = P"
     " AND kind = 'late_post'", {"I3"}),
    ("UPDATE payments_journalentry SET kind = 'surplus' WHERE id = (SELECT suspense_id FROM"
     " payments_latemoney WHERE id = S)", {"I3"}),
    ("UPDATE payments_journalline SET account_id = 1200 WHERE account_id = 2300 AND entry_id ="
     " (SELECT suspense_id FROM payments_latemoney WHERE id = S)", {"I3", "I8"}),
    ("UPDATE payments_journalline SET partner_id = (SELECT max(id) FROM payments_paymentpartner)"
     " WHERE account_id = 2300 AND entry_id ="
     " (SELECT suspense_id FROM payments_latemoney WHERE id = S)", {"I8"}),
    ("DELETE FROM payments_latemoney WHERE id = S", {"I3", "I8"}),
    ("UPDATE payments_latemoney SET partner_id = (SELECT max(id) FROM payments_paymentpartner)"
     " WHERE id = S", {"I8"}),
    ("UPDATE payments_latemoney SET amount = amount + 1, suspended = suspended + 1"
     " WHERE id = S", {"I3", "I8"}),
    ("UPDATE payments_latemoney SET amount = amount + 1, late_posted = late_posted + 1"
     " WHERE id = L", {"I3", "I9"}),
    ("UPDATE payments_latemoney SET amount = amount + 1, credited = credited + 1"
     " WHERE id = L", {"I3", "I8", "I9"}),
    ("WITH e AS (INSERT INTO payments_journalentry (kind, settlement_date, posted_at, reference,"
     " actor) VALUES ('surplus', '2026-11-20', now(), '', 'system') RETURNING id)"
     " INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, partner_id,"
     " member_id) SELECT id, 1, 1100, 1000000, (SELECT min(id) FROM payments_paymentpartner), NULL"
     " FROM e UNION ALL SELECT id, 2, 2200, -1000000, NULL, (SELECT id FROM enrollment_member"
     " LIMIT 1) FROM e", {"I3", "I8"}),
    ("UPDATE payments_journalline l SET member_id = (SELECT id FROM enrollment_member m"
     " WHERE m.id <> l.member_id LIMIT 1) WHERE account_id = 2200 AND entry_id ="
     " (SELECT entry_id FROM payments_release WHERE payment_id IS NULL)", {"I3"}),
    ("UPDATE payments_latemoney SET reference = 'lain' WHERE id = L", {"I3", "I9"}),
    ("UPDATE payments_latemoney SET number = '' WHERE id = L", {"I9"}),
    ("UPDATE payments_latemoney SET reference = (SELECT reference FROM payments_payment"
     " WHERE NOT late_post) WHERE id = S", {"I9"}),
    ("UPDATE payments_release SET amount = amount + 1 WHERE payment_id IS NOT NULL",
     {"I3", "I8"}),
    ("UPDATE payments_release SET amount = amount + 1 WHERE payment_id IS NULL", {"I3", "I8"}),
    ("DELETE FROM payments_release WHERE payment_id IS NULL", {"I3", "I8"}),
    ("DELETE FROM payments_release WHERE payment_id IS NOT NULL", {"I3", "I8", "I9"}),
    ("UPDATE payments_journalline SET account_id = 1200 WHERE account_id = 2300 AND entry_id ="
     " (SELECT entry_id FROM payments_release WHERE payment_id IS NOT NULL)", {"I3", "I8"}),
    ("UPDATE payments_release SET suspense_id = (SELECT suspense_id FROM payments_latemoney"
     " WHERE id = S) WHERE payment_id IS NOT NULL", {"I9"}),
    ("UPDATE payments_journalline SET account_id = 2120 WHERE account_id = 2110 AND entry_id ="
     " (SELECT entry_id FROM payments_release WHERE payment_id IS NOT NULL)", {"I3", "I5"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "claims"),
    FAULTS,
    ids=[f"{number} {one[0][:60]}" for number, one in enumerate(FAULTS)],
)
def test_planted_fault_in_late_money_breaks_its_claims_and_no_other(
    fault: str, claims: set[str]
) -> None:
    outlet = PostAgentFactory.create()
    paid(cared_for_member(), outlet)
    late = booked(notice_of(outlet.partner, bill_for(cared_for_member()).code, 10_000))
    suspended = booked(notice_of(outlet.partner, "", 20_000))
    for is_credit in (False, True):
        member, money = cared_for_member(), booked(notice_of(outlet.partner, "", 8_400))
        order = ReleaseOrder(
            suspense_id=LateMoney.objects.values_list("suspense", flat=True).get(pk=money.money_id),
            number=member.kpj,
            is_credit=is_credit,
        )
        release_suspense(order, now=LATER)
    PostAgentFactory.create()  # a partner that took nothing
    assert broken() == {}
    names = {
        "= P": f"= '{late.payment_id}'",
        "= L": f"= {late.money_id}",
        "= S": f"= {suspended.money_id}",
    }
    for name, value in names.items():
        fault = fault.replace(name, value)

    with behind_the_triggers():
        run_sql(fault)

    assert broken().keys() == claims
    assert Payment.objects.count() == 3


def test_tombstone_of_a_members_credit_is_a_broken_claim() -> None:
    outlet, member = PostAgentFactory.create(), cared_for_member()
    bill = bill_for(member)
    paid(member, outlet)
    notice = notice_of(outlet.partner, bill.code, 8_400)
    assert booked(notice).credited == 8_400
    assert broken() == {}

    Reversal.objects.create(partner=outlet.partner, reference=notice.reference, reason="timeout")

    assert broken() == {"I4": (notice.reference,)}
