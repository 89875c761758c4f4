"""check_money sees whose credit is given and used, past the triggers."""

import pytest

from enrollment.models import Member
from payments.models import PostAgent
from payments.services.discount_credit import credit_next_batch
from tests.factories.payments import PostAgentFactory, cared_for_member, paid
from tests.payments.later_law import CODE, JULY, law, record, seller
from tests.payments.ledger import give_credit
from tests.payments.test_checks import behind_the_triggers, broken
from tests.statements import run_sql

pytestmark = pytest.mark.django_db

OTHER = "(SELECT id FROM enrollment_member m WHERE m.id <> l.member_id LIMIT 1)"


def test_credit_that_was_taken_from_somebody_else_breaks_the_payments_claim() -> None:
    outlet = PostAgentFactory.create()
    people = [cared_for_member(), cared_for_member()]
    for member in people:
        give_credit(member, 5_000, outlet.partner)
    payment = paid(people[0], outlet)
    assert (payment.amount, broken()) == (3_400, {})

    with behind_the_triggers():
        run_sql(
            f"UPDATE payments_journalline l SET member_id = {OTHER}"  # noqa: S608  constants
            " WHERE account_id = 2200 AND amount > 0"
        )

    assert broken() == {"I3": (str(payment.pk),)}


@pytest.fixture
def credited(outlet: PostAgent, later_law: None) -> Member:
    """A seller who was given back what a later discount took off, and did not use it."""
    member = seller(outlet)
    seller(outlet)
    record(law())
    while credit_next_batch(CODE, now=JULY) is not None:
        continue
    assert broken() == {}
    return member


# Given to another; said of another; given for no month; taken from JHT, which R9 forbids.
FAULTS = (
    f"UPDATE payments_journalline l SET member_id = {OTHER} WHERE account_id = 2200",  # noqa: S608
    f"UPDATE payments_creditedmonth l SET member_id = {OTHER}",  # noqa: S608
    "DELETE FROM payments_creditedmonth WHERE id = (SELECT min(id) FROM payments_creditedmonth)",
    "WITH e AS (INSERT INTO payments_journalentry (kind, settlement_date, posted_at, reference,"
    " actor) VALUES ('discount_credit', '2026-07-20', now(), '', 'system') RETURNING id)"
    " INSERT INTO payments_journalline (entry_id, line_no, account_id, amount, member_id)"
    " SELECT id, 1, 2120, 5000, NULL FROM e UNION ALL"
    " SELECT id, 2, 2200, -5000, (SELECT id FROM enrollment_member LIMIT 1) FROM e",
)


@pytest.mark.parametrize("fault", FAULTS, ids=["to another", "of another", "of nothing", "of JHT"])
def test_credit_of_a_discount_that_is_not_its_members_breaks_the_payables_claim(
    fault: str, credited: Member
) -> None:
    with behind_the_triggers():
        run_sql(fault)

    assert broken().keys() == {"I5"}
