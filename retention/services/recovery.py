"""What came of the work: who paid again after a follow-up opened, who stayed, who came back.

Everything is derived from follow-ups, attempts, reminders and cover months, a branch at a time and
one statement per table; money that was taken back does not count. A follow-up counts in a window of
30, 60 or 90 days only once it is that old, so young ones do not make the share look small. Figures
by what happened before a payment show what went with it, not what caused it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import connection

from perisai.months import add_months, last_day, month_of
from retention.services import recovery_statements as sql

YEAR: Final = 12
FEW: Final = 5
"""Fewer people than this are not shown apart to who may not know them."""

OTHERS: Final = "others"
LOOKS_BACK: Final = timedelta(days=365)
"""Without a month, follow-ups of this long are counted."""


class RecoveryBy(StrEnum):
    """What follow-ups are told apart by."""

    OUTCOME = "outcome"
    REMINDER = "reminder"
    AGENT = "agent"
    VILLAGE = "village"


GROUPS: Final[Mapping[RecoveryBy, tuple[str, str, str]]] = {
    RecoveryBy.OUTCOME: (sql.LAST_ATTEMPT, "COALESCE(grouped.outcome, '')", "''"),
    RecoveryBy.REMINDER: (sql.REMINDERS, "grouped.reminded", "''"),
    RecoveryBy.AGENT: (sql.AGENTS, "COALESCE(grouped.number, '')", "''"),
    RecoveryBy.VILLAGE: (
        sql.VILLAGES,
        "COALESCE(grouped.code, '')",
        "COALESCE(grouped.name, '')",
    ),
}
"""Per kind: what is joined, the key, and the name that stands for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which follow-ups: of a branch's members, opened in a month, or in the last year."""

    branch_id: int
    as_of: date
    month: date | None = None

    def days(self) -> tuple[date, date]:
        """The first and the last day of opening."""
        if self.month is None:
            return self.as_of - LOOKS_BACK, self.as_of
        return self.month, min(last_day(self.month), self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """A window of days: how many follow-ups are that old, and how many of them were recovered."""

    days: int
    old_enough: int
    recovered: int

    def __add__(self, other: "Within") -> "Within":
        return Within(
            days=self.days,
            old_enough=self.old_enough + other.old_enough,
            recovered=self.recovered + other.recovered,
        )

    def share(self) -> float | None:
        """Recovered ones among those that are old enough; of none: None."""
        return self.recovered / self.old_enough if self.old_enough else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryLine:
    """One group: its key (empty: none), perhaps a name, how many follow-ups of how many people."""

    key: str
    name: str
    opened: int
    people: int
    windows: tuple[Within, ...]

    def __add__(self, other: "RecoveryLine") -> "RecoveryLine":
        both = zip(self.windows, other.windows, strict=True)
        return RecoveryLine(
            key=self.key,
            name=self.name,
            opened=self.opened + other.opened,
            people=self.people + other.people,
            windows=tuple(one + another for one, another in both),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Who stayed: members covered in a month, against those of an earlier month.

    `gone` of the earlier ones died, went to formal work or were the same person twice; `kept` were
    covered in both months. `covered` holds new members too, so its rate can exceed one.
    """

    covered: int
    before: int
    gone: int
    kept: int

    def base(self) -> int:
        """Who could have stayed."""
        return self.before - self.gone

    def rate(self) -> float | None:
        """As the programme defines it: covered against who could have stayed."""
        return self.covered / self.base() if self.base() else None

    def kept_rate(self) -> float | None:
        """The same, without who is new."""
        return self.kept / self.base() if self.base() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """A month against the one before it, and against the same month of the year before."""

    month: date
    month_before: Rate
    year_before: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WonBack:
    """Members whose cover lapsed in the last twelve months, and how many of them came back."""

    lapsed: int
    came_back: int

    def share(self) -> float | None:
        """Who came back among who lapsed; of nobody: None."""
        return self.came_back / self.lapsed if self.lapsed else None


def recovery(asked: Asked, by: RecoveryBy) -> list[RecoveryLine]:
    """What came of a branch's follow-ups, group by group, the largest first. One statement."""
    joined, key, name = GROUPS[by]
    since, until = asked.days()
    statement = f"""{sql.FOLLOW_UPS}
        SELECT {key}, {name}, count(*), count(DISTINCT s.member_id), {sql.COUNTS}
        FROM seen s {joined}
        GROUP BY 1, 2 ORDER BY 3 DESC, 1
    """  # noqa: S608  constants of ours alone
    found = _rows(
        statement,
        branch=asked.branch_id,
        as_of=asked.as_of,
        since=since,
        until=until,
        zone=settings.CLOCK_OFFICIAL_ZONE,
    )
    return [_line(row) for row in found]


def total(lines: Sequence[RecoveryLine]) -> RecoveryLine:
    """The sum of the groups: each follow-up is in one, a person perhaps in more."""
    none = tuple(Within(days=days, old_enough=0, recovered=0) for days in sql.WINDOWS)
    return sum(lines, start=RecoveryLine(key="", name="", opened=0, people=0, windows=none))


def stayed(branch_id: int, *, month: date) -> Stayed:
    """The retention rate of a branch in a month. One statement.

    Against the year before, who was gone at any time since then is taken off.
    """
    year_before = add_months(month, -YEAR)
    ((now, before, gone, kept, then, gone_since, kept_since),) = _rows(
        sql.RATES,
        branch=branch_id,
        month=month,
        before=add_months(month, -1),
        year_before=year_before,
        year_before_after=add_months(year_before, 1),
        after=add_months(month, 1),
    )
    return Stayed(
        month=month,
        month_before=Rate(covered=now, before=before, gone=gone, kept=kept),
        year_before=Rate(covered=now, before=then, gone=gone_since, kept=kept_since),
    )


def won_back(branch_id: int, *, as_of: date) -> WonBack:
    """Who lapsed in the twelve months up to a day, and who has begun again. One statement."""
    lapses = settings.COVER_LAPSE_AFTER_ENDED_MONTHS + 1
    newest = add_months(month_of(as_of), -lapses)
    ((lapsed, came_back),) = _rows(
        sql.WON_BACK,
        branch=branch_id,
        as_of=as_of,
        newest=newest,
        oldest=add_months(newest, 1 - YEAR),
        lapses=lapses,
    )
    return WonBack(lapsed=lapsed, came_back=came_back)


def without_small(lines: Sequence[RecoveryLine]) -> list[RecoveryLine]:
    """The groups of at least five people; smaller ones together, with one more if they must.

    For readers who may not know the members: nobody is told what one household did.
    """
    large = sorted((line for line in lines if line.people >= FEW), key=lambda line: line.people)
    small = [line for line in lines if line.people < FEW]
    while small and large and sum(line.people for line in small) < FEW:
        small.append(large.pop(0))
    if not small:
        return list(lines)
    others = replace(total(small), key=OTHERS)
    return [*sorted(large, key=lambda line: (-line.opened, line.key)), others]


def _rows(statement: str, **values: int | str | date) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _line(row: tuple[Any, ...]) -> RecoveryLine:
    key, name, opened, people, *counted = row
    numbers = iter(counted)
    pairs = [tuple(islice(numbers, 2)) for _ in sql.WINDOWS]
    return RecoveryLine(
        key=key,
        name=name,
        opened=opened,
        people=people,
        windows=tuple(
            Within(days=days, old_enough=old_enough, recovered=recovered)
            for days, (old_enough, recovered) in zip(sql.WINDOWS, pairs, strict=True)
        ),
    )
