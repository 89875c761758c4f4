"""The retention table (R36): each class has its period within bounds, and its job or a reason."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from perisai.keeping import TABLE, class_of, days_of, out_of_bounds
from perisai.keeping_check import check_periods
from perisai.purging import Purge, known_purges, register
from sync.services.purges import end_bodies, operations_with_old_bodies


def purge(code: str, of: str) -> Purge:
    """A purge under another name."""
    return Purge(
        code=code,
        of=of,
        overdue=operations_with_old_bodies,
        dated_by="received_at",
        end=end_bodies,
    )


def test_every_class_has_a_purge() -> None:
    purged = {one.of for one in known_purges()}
    assert {row.code for row in TABLE if not row.no_job} == purged
    assert len({row.code for row in TABLE}) == len(TABLE)


def test_every_period_stands_within_its_bounds() -> None:
    assert out_of_bounds() == []
    assert check_periods() == []
    assert (days_of("members"), days_of("operations"), days_of("drafts")) == (3_653, 400, 90)


@pytest.mark.parametrize("days", [89, 2 * 365 + 1, -1])
def test_e011_names_a_period_out_of_bounds(settings: Settings, days: int) -> None:
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"operations": days}
    (error,) = check_periods()
    assert (error.id, "operations" in error.msg) == ("perisai.E011", True)


def test_e011_names_a_class_without_a_period(settings: Settings) -> None:
    settings.KEEP_DAYS = {
        code: days for code, days in settings.KEEP_DAYS.items() if code != "attempts"
    }
    assert [row.code for row in out_of_bounds()] == ["attempts"]


def test_second_strange_or_needless_purge_stops_the_start() -> None:
    before = known_purges()
    with pytest.raises(ImproperlyConfigured, match="two purges operations"):
        register(purge("operations", "operations"))
    with pytest.raises(ImproperlyConfigured, match="no class"):
        register(purge("nonsense", "nonsense"))
    assert class_of("money").no_job
    with pytest.raises(ImproperlyConfigured, match="need no purge"):
        register(purge("receipts", "money"))
    assert known_purges() == before
