"""A server that is too old is refused with both version numbers."""

import pytest
from django.core.checks import Error, run_checks

from perisai.server_check import check_server_version, too_old


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (180_000, ""),
        (190_001, ""),
        (170_006, "The server is PostgreSQL 17.6; this release needs 18 or newer."),
    ],
)
def test_major_version_decides(found: int, fault: str) -> None:
    assert too_old(found) == fault


@pytest.mark.django_db
def test_old_server_stops_what_uses_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_server_version(None, databases=["default"]) == []
    monkeypatch.setattr("perisai.server_check.OLDEST_MAJOR", 99)
    found = [fault for fault in run_checks(databases=["default"]) if fault.id == "perisai.E006"]
    (refusal,) = found
    assert isinstance(refusal, Error)
    assert refusal.msg.startswith("The server is PostgreSQL 18.")
    assert refusal.msg.endswith("this release needs 99 or newer.")


def test_check_without_a_database_asks_nothing() -> None:
    assert check_server_version(None, databases=None) == []
