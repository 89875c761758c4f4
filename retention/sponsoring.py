"""When the office hears that a sponsor's term ends, and what its members pay alone (R34). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from payments.tariff import Sector
from perisai.months import add_months, last_day, month_of
from retention.price_steps import PriceSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class AloneLine:
    """Members of a sector who pay the same once they pay alone, and when that price changes."""

    sector: Sector
    members: int
    spans: tuple[PriceSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorCliff:
    """Who falls out together after a sponsor's last month, as it stands now.

    `unpriced`: those of them who lack what a price needs (R24).
    """

    payer_id: int
    last_month: date
    members: int
    unpriced: int
    lines: tuple[AloneLine, ...]

    @property
    def last_covered_on(self) -> date:
        """The last day of the term."""
        return last_day(self.last_month)

    @property
    def alone_from(self) -> date:
        """The first month that they pay alone."""
        return add_months(self.last_month, 1)


def alerts_due(as_of: date, days: Sequence[int]) -> dict[date, int]:
    """The last months of terms that are told of on a day, each with its nearest alert alone.

    A run that was late gives the alert that is due by then, and none that a later one replaces.
    """
    found: dict[date, int] = {}
    month = month_of(as_of)
    while (left := (last_day(month) - as_of).days) <= max(days):
        found[month] = min(one for one in days if one >= left)
        month = add_months(month, 1)
    return found


def merged(lines: Iterable[AloneLine]) -> tuple[AloneLine, ...]:
    """Those of one sector and one price together, the most members first."""
    counts: dict[tuple[Sector, tuple[PriceSpan, ...]], int] = {}
    for line in lines:
        key = (line.sector, line.spans)
        counts[key] = counts.get(key, 0) + line.members
    found = [
        AloneLine(sector=sector, members=members, spans=spans)
        for (sector, spans), members in counts.items()
    ]
    return tuple(sorted(found, key=lambda line: (-line.members, line.sector, line.spans[0].amount)))
