"""What a proposal about the tariff or the calendar says: values, and their JSON.

Amounts are whole rupiah, months `YYYY-MM`, days `YYYY-MM-DD`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from enrollment.programmes import Programme
from payments.tariff import BracketRow, DiscountRow, PayerKind, RateRow, Sector
from perisai.months import format_month, parse_month

Details = dict[str, Any]


class TariffTable(StrEnum):
    """Which dated rows a withdrawal is about."""

    BRACKETS = "brackets"
    RATE = "rate"
    DISCOUNT = "discount"


@dataclass(frozen=True, slots=True, kw_only=True)
class BracketTable:
    """All brackets from a month on; `verified`: compared with the annex of the law."""

    valid_from: date
    rows: tuple[BracketRow, ...]
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Rows to be taken back: the table of a start, a programme's rate of one, or a discount."""

    table: TariffTable
    valid_from: date | None = None
    programme: Programme | None = None
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class HolidayRow:
    """A day on which nothing falls due; `kind` and `basis` as `Holiday` has them."""

    day: date
    kind: str
    name: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayChange:
    """Days that are to be as said here, and days that are none; by day and kind."""

    put: tuple[HolidayRow, ...] = ()
    gone: tuple[HolidayRow, ...] = ()

    @property
    def days(self) -> list[date]:
        """All days that it is about, in order."""
        return sorted(row.day for row in (*self.put, *self.gone))


TariffChange = BracketTable | RateRow | DiscountRow | Withdrawal | HolidayChange


def kind_of(change: TariffChange) -> str:
    """The kind of proposal that a change makes."""
    return _KINDS[type(change)]


def as_details(change: TariffChange) -> Details:
    """A change as the JSON of its proposal."""
    match change:
        case BracketTable():
            return {
                "valid_from": format_month(change.valid_from),
                "rows": [[row.min_income, row.base_income] for row in change.rows],
                "verified": change.verified,
            }
        case RateRow():
            return {
                "programme": change.programme.value,
                "valid_from": format_month(change.valid_from),
                "basis_points": change.basis_points,
                "flat_amount": change.flat_amount,
            }
        case DiscountRow():
            return _discount_details(change)
        case Withdrawal():
            return {
                "table": change.table.value,
                "valid_from": format_month(change.valid_from) if change.valid_from else None,
                "programme": change.programme.value if change.programme else None,
                "code": change.code,
            }
        case HolidayChange():
            return {
                "put": [_day_details(row) for row in change.put],
                "gone": [_day_details(row) for row in change.gone],
            }


def of_details(kind: str, details: Details) -> TariffChange:
    """The change that a proposal's JSON says. Raises KeyError or ValueError for anything else."""
    return _READERS[kind](details)


def _discount_details(row: DiscountRow) -> Details:
    return {
        "code": row.code,
        "programmes": sorted(row.programmes),
        "sector": row.sector.value if row.sector else None,
        "month_from": format_month(row.month_from),
        "month_to": format_month(row.month_to),
        "percent_off": row.percent_off,
        "excluded_payers": sorted(row.excluded_payers),
    }


def _day_details(row: HolidayRow) -> Details:
    return {"day": row.day.isoformat(), "kind": row.kind, "name": row.name, "basis": row.basis}


def _table_of(details: Details) -> BracketTable:
    start = parse_month(details["valid_from"])
    rows = tuple(
        BracketRow(valid_from=start, min_income=low, base_income=base)
        for low, base in details["rows"]
    )
    return BracketTable(valid_from=start, rows=rows, verified=details["verified"])


def _rate_of(details: Details) -> RateRow:
    return RateRow(
        programme=Programme(details["programme"]),
        valid_from=parse_month(details["valid_from"]),
        basis_points=details["basis_points"],
        flat_amount=details["flat_amount"],
    )


def _discount_of(details: Details) -> DiscountRow:
    return DiscountRow(
        code=details["code"],
        programmes=frozenset(Programme(name) for name in details["programmes"]),
        sector=Sector(details["sector"]) if details["sector"] else None,
        month_from=parse_month(details["month_from"]),
        month_to=parse_month(details["month_to"]),
        percent_off=details["percent_off"],
        excluded_payers=frozenset(PayerKind(kind) for kind in details["excluded_payers"]),
    )


def _withdrawal_of(details: Details) -> Withdrawal:
    return Withdrawal(
        table=TariffTable(details["table"]),
        valid_from=parse_month(details["valid_from"]) if details["valid_from"] else None,
        programme=Programme(details["programme"]) if details["programme"] else None,
        code=details["code"],
    )


def _days_of(details: Details) -> HolidayChange:
    put, gone = (
        tuple(HolidayRow(**row | {"day": date.fromisoformat(row["day"])}) for row in details[name])
        for name in ("put", "gone")
    )
    return HolidayChange(put=put, gone=gone)


_KINDS: Final[dict[type, str]] = {
    BracketTable: "brackets",
    RateRow: "rate",
    DiscountRow: "discount",
    Withdrawal: "withdrawal",
    HolidayChange: "holidays",
}
_READERS: Final[dict[str, Callable[[Details], TariffChange]]] = {
    "brackets": _table_of,
    "rate": _rate_of,
    "discount": _discount_of,
    "withdrawal": _withdrawal_of,
    "holidays": _days_of,
}
