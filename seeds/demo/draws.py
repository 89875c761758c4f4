"""Drawing by chance that is the same on every machine: one stream of numbers per subject."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

T = TypeVar("T")

SEED: Final = "perisai demonstration"
OPENS_AT: Final = 8
OPEN_MINUTES: Final = 9 * 60
SUNDAY: Final = 6


def stream(subject: str) -> Random:
    """The numbers of one subject: what another subject draws never shifts them."""
    return Random(f"{SEED}/{subject}")  # noqa: S311  nothing secret is drawn


def id_at(instant: datetime, numbers: Random) -> UUID:
    """A UUIDv7 of an instant whose random bits are drawn."""
    milliseconds = int(instant.timestamp() * 1000)
    value = milliseconds << 80 | 0x7 << 76 | numbers.getrandbits(12) << 64
    return UUID(int=value | 0b10 << 62 | numbers.getrandbits(62))


def weighted(choices: Sequence[tuple[T, int]], numbers: Random) -> T:
    """One of the choices, by their weights."""
    values, weights = zip(*choices, strict=True)
    picked: T = numbers.choices(values, weights)[0]
    return picked


def happens(chance: float, numbers: Random) -> bool:
    """Whether something of a chance between 0 and 1 happens."""
    return numbers.random() < chance


def day_between(first: date, last: date, numbers: Random) -> date:
    """A day from the first to the last, both included."""
    return first + timedelta(days=numbers.randint(0, (last - first).days))


def office_hour(day: date, zone: ZoneInfo, numbers: Random) -> datetime:
    """An instant of a day between 8 and 17 o'clock in a zone."""
    minutes, seconds = numbers.randrange(OPEN_MINUTES), numbers.randrange(60)
    opened = datetime.combine(day, time(OPENS_AT), tzinfo=zone)
    return opened + timedelta(minutes=minutes, seconds=seconds)


def open_day(day: date, *, first: date, last: date) -> date:
    """The day itself, or beside a Sunday the next day that lies within the bounds."""
    if day.weekday() != SUNDAY:
        return day
    return day + timedelta(days=1) if day < last else max(first, day - timedelta(days=1))
