"""When a member is reminded, and by what name (R33): pure arithmetic on days and words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.cover import CoverDay, paid_through_when
from perisai.months import add_months, month_of
from perisai.privacy import mask

MOST_UNPAID: Final = 3
"""How often who never paid is reminded, and how often she was visited before that ends."""
_MARKS: Final = "'.,-"


class ReminderWhy(TextChoices):
    """What day it was for a member when a reminder was planned."""

    FIRST_PAYMENT = "first_payment", _("iuran pertama belum dibayar")
    DUE_SOON = "due_soon", _("menjelang jatuh tempo")
    DUE_TODAY = "due_today", _("hari jatuh tempo")
    GRACE_1 = "grace_1", _("1 bulan belum dibayar")
    GRACE_2 = "grace_2", _("2 bulan belum dibayar")
    GRACE_3 = "grace_3", _("3 bulan belum dibayar")
    LAPSE_NEAR = "lapse_near", _("menjelang tidak aktif")
    PRICE_CHANGE = "price_change", _("iuran akan naik")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDays:
    """Days before the due date and before the lapse; whether the firsts of grace count."""

    before_due: tuple[int, ...]
    before_lapse: tuple[int, ...]
    on_grace: bool

    @classmethod
    def of(cls, words: Iterable[str]) -> "ReminderDays":
        """From the words of the setting: `due-5`, `due`, `grace`, `lapse-7`."""
        parts = [word.partition("-") for word in words]
        return cls(
            before_due=tuple(int(days or 0) for name, _dash, days in parts if name == "due"),
            before_lapse=tuple(int(days) for name, _dash, days in parts if name == "lapse"),
            on_grace=any(name == "grace" for name, _dash, _days in parts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Whom a day concerns: the members with this `paid_through`; None: who never paid."""

    why: ReminderWhy
    paid_through: date | None


def occasions(day: CoverDay, days: ReminderDays) -> list[Occasion]:
    """Whom to remind on a day, and why. No `paid_through` stands twice."""
    found = [*_of_the_due_date(day, days), *_of_the_lapse(day, days)]
    if days.on_grace and day.as_of.day == 1:
        for ended in range(1, day.lapse_after):
            through = paid_through_when(unpaid=ended, as_of=day.as_of)
            found.append(Occasion(why=ReminderWhy(f"grace_{ended}"), paid_through=through))
    first: dict[date | None, Occasion] = {}
    for one in found:
        first.setdefault(one.paid_through, one)
    return list(first.values())


def short_names(full_names: Sequence[str]) -> list[str]:
    """What one message calls these people: each by the first word, nobody by the whole name.

    A name of one word is masked (R37), since its first word is all of it; so is a first word that
    is the whole name of somebody beside.
    """
    split = [[word for word in name.split() if _has_letter(word)] for name in full_names]
    whole = {_bare(words[0]).casefold() for words in split if len(words) == 1}
    return [
        _bare(words[0]).capitalize()
        if len(words) > 1 and _bare(words[0]).casefold() not in whole
        else _masked(_bare(words[0]) if words else "")
        for words in split
    ]


def _bare(word: str) -> str:
    return word.strip(_MARKS)


def _has_letter(word: str) -> bool:
    return any(sign.isalpha() for sign in word)


def _masked(word: str) -> str:
    """One letter is no mask of itself."""
    return mask("name", word) if len(word) > 1 else "*"


def _of_the_due_date(day: CoverDay, days: ReminderDays) -> list[Occasion]:
    """Within the month alone: whoever owes an ended month hears of that instead."""
    month = month_of(day.as_of)
    wanted = {max(month, day.due_on - timedelta(days=before)) for before in days.before_due}
    if day.as_of not in wanted or month_of(day.due_on) != month:
        return []
    why = ReminderWhy.DUE_TODAY if day.as_of == day.due_on else ReminderWhy.DUE_SOON
    through = paid_through_when(unpaid=0, as_of=day.as_of)
    return [
        Occasion(why=why, paid_through=through),
        Occasion(why=ReminderWhy.FIRST_PAYMENT, paid_through=None),
    ]


def _of_the_lapse(day: CoverDay, days: ReminderDays) -> list[Occasion]:
    ends = [day.as_of + timedelta(days=before) for before in days.before_lapse]
    return [
        Occasion(why=ReminderWhy.LAPSE_NEAR, paid_through=add_months(end, -day.lapse_after - 1))
        for end in ends
        if end.day == 1
    ]
