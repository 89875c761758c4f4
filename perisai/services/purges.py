"""The end of what was kept long enough: batch by batch, each its own commit."""

from dataclasses import dataclass
from datetime import date, datetime, time
from time import monotonic
from typing import Any

import structlog
from django.db.models import Count, Min
from django.db.models.functions import Now

from perisai.clock import official_zone
from perisai.deadlines import Deadline, atomic_within
from perisai.keeping import LATE_AFTER, kept_until
from perisai.models import PurgeRun
from perisai.purging import Purge, known_purges

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a purge would end now."""

    rows: int
    oldest: datetime | None


def waiting(purge: Purge, *, now: datetime) -> Waiting:
    """Count, and change nothing."""
    found = purge.overdue(kept_until(purge.of, now)).order_by()
    counted = found.aggregate(rows=Count("pk"), oldest=Min(purge.dated_by))
    return Waiting(rows=counted["rows"], oldest=_instant(counted["oldest"]))


def _instant(when: datetime | date | None) -> datetime | None:
    """The beginning of a day in the official zone; an instant as it is."""
    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when, time(), tzinfo=official_zone())


def run_purge(purge: Purge, *, now: datetime) -> PurgeRun:
    """End all that is overdue, and note what is left.

    By ascending key, so that a row on hold is passed once. A run that was cut short leaves no
    note and is simply run again; two beside each other share the rows.
    """
    started, before = monotonic(), kept_until(purge.of, now)
    ended, after = 0, None
    while keys := _next_keys(purge, before, after):
        ended += _end(purge, keys, now)
        after = keys[-1]
    left = waiting(purge, now=now)
    run = PurgeRun.objects.create(
        purge=purge.code,
        before=before,
        rows=ended,
        left=left.rows,
        oldest_left=left.oldest,
        seconds=monotonic() - started,
    )
    log.info("purge_done", purge=purge.code, rows=ended, left=left.rows)
    return run


def purges_behind() -> list[str]:
    """Purges with rows that wait a week too long, or that did not run for a week; for the alarm.

    Read from the notes of the runs alone. Before the first night nothing is behind.
    """
    newest = {
        run.purge: run
        for run in PurgeRun.objects.order_by("purge", "-ran_at")
        .distinct("purge")
        .annotate(asked_at=Now())
    }
    if not newest:
        return []
    return [purge.code for purge in known_purges() if _is_behind(newest.get(purge.code))]


def _is_behind(run: Any) -> bool:  # a PurgeRun with its annotation
    if run is None or run.asked_at - run.ran_at > LATE_AFTER:
        return True
    return run.oldest_left is not None and run.before - run.oldest_left > LATE_AFTER


@atomic_within(Deadline.SWEEP)
def _next_keys(purge: Purge, before: datetime, after: Any) -> list[Any]:
    rows = purge.overdue(before).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.values_list("pk", flat=True)[: purge.at_once])


@atomic_within(Deadline.SWEEP)
def _end(purge: Purge, keys: list[Any], now: datetime) -> int:
    return purge.end(keys, now)
