"""The rows of the database beside the model."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Sum

from enrollment.models import Member
from payments.models import Account, JournalLine, Payment, PostAgent
from tests.machines.money_model import Money
from tests.machines.money_people import first_of


def assert_members_show(money: Money) -> None:
    """Each member shows the fold of her months."""
    shown = Member.objects.filter(pk__in=money.people).values_list(
        "pk", "paid_through", "episode_no", "episode_started_on"
    )
    assert {row[0]: row[1:] for row in shown} == {
        person.id: (
            None if person.paid_through is None else first_of(person.paid_through),
            person.episode,
            person.started_on,
        )
        for person in money.people.values()
    }


def assert_payments_stand(money: Money) -> None:
    """What was acknowledged is there, once; and nothing that nobody was told of."""
    rows = Payment.objects.order_by().values_list(
        "pk", "bill__code", "partner", "outlet", "reference", "amount", "reversed_at"
    )
    assert sorted(((*row[:-1], row[-1] is not None) for row in rows), key=str) == sorted(
        [
            *(
                (t.id, t.bill, t.partner, t.outlet, t.reference, t.amount, t.is_reversed)
                for t in money.taken.values()
            ),
            *(
                (k.id, None, k.partner, k.outlet, k.reference, k.amount, k.is_reversed)
                for k in money.kept.values()
            ),
        ],
        key=str,
    )


def assert_ledger_knows(money: Money, outlets: Iterable[PostAgent]) -> None:
    """Partners owe what they took; members have the credit that they did not use."""
    owed = _sums("partner", Account.PARTNER_RECEIVABLE)
    partners = {outlet.partner_id for outlet in outlets}
    assert {one: owed.get(one, 0) for one in partners} == {
        one: money.owed_by(one) for one in partners
    }
    waiting = _sums("partner", Account.SUSPENSE)
    assert {one: -waiting.get(one, 0) for one in partners} == {
        one: money.suspended.get(one, 0) for one in partners
    }
    credit = _sums("member", Account.MEMBER_CREDIT)
    assert {one: -credit.get(one, 0) for one in money.people} == {
        one: person.credit for one, person in money.people.items()
    }


def _sums(column: str, account: Account) -> dict[object, int]:
    lines = JournalLine.objects.filter(account=account).order_by().values(column)
    return dict(lines.annotate(total=Sum("amount")).values_list(column, "total"))


def journal_is_whole() -> None:
    """Let the deferred trigger judge what waits for COMMIT."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
