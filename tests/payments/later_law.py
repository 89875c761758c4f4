"""The law of the worked example of R9, heard of after its first months were paid."""

from datetime import date, datetime
from typing import Any

from enrollment.models import Member
from enrollment.programmes import Programme
from payments.models import JournalLine, PostAgent
from payments.services.checks import run_checks
from payments.services.tariff_changes import confirm_change, propose_change
from payments.tariff import DiscountRow, PayerKind, Sector
from payments.tariff_drafts import TariffChange
from perisai.models import Role
from tests.factories.payments import WIB, cared_for_member, paid
from tests.factories.perisai import UserFactory

CODE = "pp50_2025_other"
JANUARY = datetime(2026, 1, 20, 10, tzinfo=WIB)
JULY = datetime(2026, 7, 20, 10, tzinfo=WIB)
"""When the law is heard of in these tests: its months began in April."""


def law(code: str = CODE, **changes: Any) -> DiscountRow:
    """Half off JKK and JKM from April 2026 on; `changes` go over it."""
    said: dict[str, Any] = {
        "code": code,
        "programmes": frozenset({Programme.JKK, Programme.JKM}),
        "sector": Sector.NON_TRANSPORT,
        "month_from": date(2026, 4, 1),
        "month_to": date(2026, 12, 1),
        "percent_off": 50,
        "excluded_payers": frozenset({PayerKind.APBN, PayerKind.APBD}),
    }
    return DiscountRow(**(said | changes))


def record(row: TariffChange, *, now: datetime = JULY) -> None:
    """Confirmed by a second person; its credit is asked for, and not given yet."""
    first, second = (UserFactory.create(role=Role.NATIONAL) for _ in range(2))
    proposal = propose_change(row, source="PP 50/2025", by=first, now=now)
    confirm_change(proposal.pk, by=second, now=now)


def seller(outlet: PostAgent, *, months: int = 6, **columns: Any) -> Member:
    """She paid from January 2026 on."""
    member = cared_for_member(**columns)
    paid(member, outlet, months=months, now=JANUARY)
    return member


def credit_of(member: Member) -> int:
    """Her balance, in rupiah."""
    lines = JournalLine.objects.filter(member=member, account=2200)
    return -sum(lines.values_list("amount", flat=True))


def broken_checks() -> list[str]:
    """The codes of the checks of money that find something."""
    return [result.code for result in run_checks() if result.breaks]
