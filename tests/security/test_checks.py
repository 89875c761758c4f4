"""What production refuses to start with: each test breaks exactly one setting."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from perisai.api.permissions import Refuse
from perisai.api.views import DeviceListView
from tests.statements import run_sql

SOUND: dict[str, Any] = {
    "DEBUG": False,
    "PERISAI_ENV": "production",
    "DEMO_NOW": None,
    "SECRET_KEY": "s" * 43,
    "REDIS_URL": "redis://:antrean@broker:6379/0",
    "CACHE_URL": "redis://:ingatan@cache:6379/0",
    "ALLOWED_HOSTS": ["publik.example.id", "kantor.example.id", "mitra.example.id"],
    "PUBLIC_HOST": "publik.example.id",
    "PUBLIC_URL": "https://publik.example.id",
    "ADMIN_HOST": "kantor.example.id",
    "PARTNER_HOST": "mitra.example.id",
    "NOTIFY_BACKEND": "http",
    "NOTIFY_URL": "https://gateway.example.id/v1/messages",
    "NOTIFY_TOKEN": "t" * 43,
    "NOTIFY_CALLBACK_SECRET": "c" * 43,
}


@pytest.fixture(autouse=True)
def _sound() -> Iterator[None]:
    """Settings that pass; a test breaks one of them."""
    with override_settings(**SOUND):
        yield


def found(**databases: Any) -> list[str]:
    """The numbers of our refusals, but for those of key rings."""
    faults = run_checks(include_deployment_checks=True, **databases)
    ours = {str(fault.id) for fault in faults if str(fault.id).startswith("perisai.")}
    return sorted(ours)


def test_sound_settings_pass() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("id_", "broken"),
    [
        ("perisai.E001", {"DEBUG": True}),
        ("perisai.E001", {"PERISAI_ENV": "local"}),
        ("perisai.E001", {"DEMO_NOW": datetime(2026, 11, 20, tzinfo=UTC)}),
        ("perisai.E002", {"SECRET_KEY": "s" * 31}),
        ("perisai.E002", {"CACHE_URL": "redis://:antrean@cache:6379/0"}),
        ("perisai.E004", {"ALLOWED_HOSTS": ["*"]}),
        ("perisai.E004", {"ADMIN_HOST": "publik.example.id"}),
        ("perisai.E004", {"PUBLIC_URL": "http://publik.example.id"}),
        ("perisai.E004", {"CSRF_TRUSTED_ORIGINS": ["https://*.example.id"]}),
        ("perisai.E002", {"NOTIFY_TOKEN": "c" * 43}),
        ("perisai.E005", {"NOTIFY_BACKEND": "memory"}),
        ("perisai.E005", {"NOTIFY_BACKEND": "console"}),
        ("perisai.E005", {"NOTIFY_URL": "http://gateway.example.id/v1/messages"}),
        ("perisai.E005", {"NOTIFY_URL": "https://gateway.example.id/v1/messages?token=rahasia"}),
        ("perisai.E005", {"NOTIFY_TOKEN": ""}),
        ("perisai.E005", {"NOTIFY_CALLBACK_SECRET": "c" * 31}),
        (
            "perisai.E005",
            {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}},
        ),
        ("perisai.E010", {"CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 900}}),
        ("perisai.E010", {"CELERY_TASK_ALWAYS_EAGER": True}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_one_broken_setting_is_refused_by_its_number(id_: str, broken: dict[str, Any]) -> None:
    with override_settings(**broken):
        assert found() == [id_]


def test_a_view_without_permission_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeviceListView, "permission_classes", [Refuse])
    assert found() == ["perisai.E009"]


@pytest.mark.django_db
def test_a_database_without_a_trigger_or_a_migration_is_refused() -> None:
    assert found(databases=["default"]) == []
    run_sql("ALTER TABLE sync_operation DISABLE TRIGGER USER")
    assert found(databases=["default"]) == ["perisai.E007"]
    run_sql("ALTER TABLE sync_operation ENABLE TRIGGER USER")
    run_sql("DELETE FROM django_migrations WHERE app = 'sync'")
    assert found(databases=["default"]) == ["perisai.E007"]
