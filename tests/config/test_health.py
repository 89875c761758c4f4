"""Alive without touching anything; ready only when everything it needs is right."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from config import health


def test_live_touches_nothing() -> None:
    answer = Client().get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_when_everything_is_right() -> None:
    answer = Client().get("/health/ready")
    ready = {"status": "ready", "broken": [], "degraded": [], "behind": []}
    assert (answer.status_code, answer.json()) == (200, ready)


@pytest.mark.django_db
def test_purges_that_are_late_are_named_to_who_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "purges_behind", lambda: ["attempts"])
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["behind"]) == (200, ["attempts"])


def refuse() -> bool:
    raise OperationalError("connection to 10.0.0.7 refused")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("_database_answers", "database"),
        ("_cache_answers", "cache"),
        ("_migrations_applied", "migrations"),
        ("canaries_open", "keys"),
    ],
)
@pytest.mark.parametrize("way", [refuse, lambda: False], ids=["raises", "says no"])
def test_broken_part_is_named_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, check: str, name: str, way: Any
) -> None:
    monkeypatch.setattr(health, check, way)
    answer = Client().get("/health/ready")
    unready = {"status": "unready", "broken": [name], "degraded": [], "behind": []}
    assert (answer.status_code, answer.json()) == (503, unready)


@pytest.mark.django_db
def test_cache_that_is_down_is_named(settings: Settings) -> None:
    down = dict(settings.CACHES["default"]) | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": down}
    assert Client().get("/health/ready").json()["broken"] == ["cache"]


@pytest.mark.django_db
def test_without_a_broker_it_is_degraded_and_takes_calls(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/health/ready")
    degraded = {"status": "degraded", "broken": [], "degraded": ["broker"], "behind": []}
    assert (answer.status_code, answer.json()) == (200, degraded)


@pytest.mark.django_db
def test_unapplied_migration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrations", {"at": 0.0, "ok": False})
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'retention'")
    assert Client().get("/health/ready").json()["broken"] == ["migrations"]


@pytest.mark.django_db
def test_only_reading_is_allowed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert Client().post("/health/ready").status_code == 405
