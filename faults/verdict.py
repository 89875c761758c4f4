"""The paper of the terminals against the rows of the database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from faults.journal import Journal
from payments.models import IdempotencyKey, Payment
from payments.services.checks import run_checks

MONTHS_TWICE = """
    SELECT count(*) FROM (
        SELECT 1 FROM payments_covermonth WHERE reversed_at IS NULL
        GROUP BY member_id, month HAVING count(*) > 1
    ) twice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What must be nothing at the end, and `broken`: the claims of check_money that fail."""

    acknowledged: int
    lost: int
    booked_twice: int
    months_twice: int
    keys_twice: int
    never_told: int
    unanswered: int
    reversals: int
    reversals_lost: int
    broken: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Nothing lost, nothing doubled, everybody answered, the books in order."""
        must_be_nothing = (
            self.lost,
            self.booked_twice,
            self.months_twice,
            self.keys_twice,
            self.never_told,
            self.unanswered,
            self.reversals_lost,
        )
        return not any(must_be_nothing) and not self.broken


def judge(journal: Journal, partners: set[int]) -> Verdict:
    """Compare what these partners' terminals were told with what is booked for them."""
    rows = Payment.objects.filter(partner__in=partners).values_list(
        "pk", "partner", "reference", "bill__code", "amount", "reversed_at"
    )
    booked = {row[0]: row[1:5] for row in rows}
    undone = {row[2] for row in rows if row[5] is not None}
    by_reference = Counter((row[1], row[2]) for row in rows)
    by_bill = Counter(row[3] for row in rows)
    slips = {
        UUID(s.payment_id): (s.partner, s.reference, s.bill_code, s.amount) for s in journal.slips
    }
    told = {slip[1] for slip in slips.values()}
    keys = IdempotencyKey.objects.filter(caller__in=[f"partner:{one}" for one in partners])
    by_key = Counter(keys.values_list("caller", "operation", "key"))
    return Verdict(
        acknowledged=len(journal.slips),
        lost=sum(booked.get(pk) != slip for pk, slip in slips.items()),
        booked_twice=_over(by_reference) + _over(by_bill),
        months_twice=_months_twice(),
        keys_twice=_over(by_key),
        never_told=sum(row[1] not in told for row in booked.values()),
        unanswered=len(journal.unanswered),
        reversals=len(journal.reversed_references),
        reversals_lost=len(journal.reversed_references ^ undone),
        broken=tuple(check.code for check in run_checks() if check.breaks),
    )


def _over(counted: Counter[Any]) -> int:
    return sum(times - 1 for times in counted.values())


def _months_twice() -> int:
    with connection.cursor() as cursor:
        cursor.execute(MONTHS_TWICE)
        return int(cursor.fetchone()[0])


def server_settings(names: Sequence[str]) -> dict[str, str]:
    """What the server says of itself."""
    found = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT current_setting(%s)", [name])
            found[name] = str(cursor.fetchone()[0])
    return found
