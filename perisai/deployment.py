"""System checks of a deployment: what production must not start with (`check --deploy`).

Each subject is a function from the settings to its faults, so that a test can break one of them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import URLPattern, URLResolver, get_resolver

LEAST_BYTES: Final = 32
FORGETFUL: Final = ("locmem", "dummy", "filebased")


def environment_faults() -> Iterator[str]:
    """E001: a process that shows its insides, or lives in another time."""
    if settings.DEBUG:
        yield "DEBUG is on."
    if settings.PERISAI_ENV != "production":
        yield f"PERISAI_ENV is {settings.PERISAI_ENV}, not production."
    if settings.DEMO_NOW is not None:
        yield "DEMO_NOW moves the clock."


def secret_faults() -> Iterator[str]:
    """E002: a secret that is short, or serves twice."""
    named = {
        "SECRET_KEY": settings.SECRET_KEY,
        "REDIS_URL": urlsplit(settings.REDIS_URL).password or "",
        "CACHE_URL": urlsplit(settings.CACHE_URL).password or "",
        "DATABASE_URL": str(settings.DATABASES["default"].get("PASSWORD") or ""),
        "NOTIFY_TOKEN": settings.NOTIFY_TOKEN,
        "NOTIFY_CALLBACK_SECRET": settings.NOTIFY_CALLBACK_SECRET,
    }
    if len(named["SECRET_KEY"].encode()) < LEAST_BYTES:
        yield f"SECRET_KEY is shorter than {LEAST_BYTES} bytes."
    for name, value in named.items():
        others = [other for other in named if other > name and value and named[other] == value]
        yield from (f"{name} and {other} are one secret." for other in others)


def host_faults() -> Iterator[str]:
    """E004: a host that is any host, or two hosts that are one."""
    if any("*" in host for host in settings.ALLOWED_HOSTS):
        yield "ALLOWED_HOSTS holds a *."
    hosts = [settings.PUBLIC_HOST, settings.ADMIN_HOST, settings.PARTNER_HOST]
    if len(set(hosts)) != len(hosts):
        yield "PUBLIC_HOST, ADMIN_HOST and PARTNER_HOST are not three hosts."
    if f"https://{settings.PUBLIC_HOST}" != settings.PUBLIC_URL:
        yield "PUBLIC_URL is not https:// and the PUBLIC_HOST."
    if any("*" in origin for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield "CSRF_TRUSTED_ORIGINS holds a *."


def backend_faults() -> Iterator[str]:
    """E005: what forgets: messages that go nowhere, counters of one process."""
    if settings.NOTIFY_BACKEND != "http":
        yield f"NOTIFY_BACKEND is {settings.NOTIFY_BACKEND}: no message reaches a phone."
    else:
        yield from gateway_faults()
    if any(word in settings.CACHES["default"]["BACKEND"] for word in FORGETFUL):
        yield "CACHES is not shared between processes."


def gateway_faults() -> Iterator[str]:
    """E005 too: a gateway in the clear, without our token, or whose reports anybody could sign."""
    gateway = urlsplit(settings.NOTIFY_URL)
    if gateway.scheme != "https" or not gateway.hostname:
        yield "NOTIFY_URL is no https address."
    if gateway.username or gateway.password or gateway.query or gateway.fragment:
        yield "NOTIFY_URL holds more than an address: secrets belong into NOTIFY_TOKEN."
    if not settings.NOTIFY_TOKEN:
        yield "NOTIFY_TOKEN is empty."
    if len(settings.NOTIFY_CALLBACK_SECRET.encode()) < LEAST_BYTES:
        yield f"NOTIFY_CALLBACK_SECRET is shorter than {LEAST_BYTES} bytes."


def view_faults() -> Iterator[str]:
    """E009: a view of the API that names nobody who may call it."""
    for view in sorted(_views(get_resolver().url_patterns), key=lambda view: view.__name__):
        names = {kind.__name__ for kind in view.permission_classes}
        if not names or names & {"AllowAny", "Refuse"}:
            yield f"{view.__name__} states no permission."


def queue_faults() -> Iterator[str]:
    """E010: a task that is given out again while it runs, or runs inside a request."""
    waits: Any = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    if waits <= settings.CELERY_TASK_TIME_LIMIT + settings.LONGEST_ETA:
        yield "visibility_timeout is not above CELERY_TASK_TIME_LIMIT and the longest ETA."
    if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
        yield "CELERY_TASK_ALWAYS_EAGER runs tasks inside requests."


SUBJECTS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "perisai.E001": environment_faults,
    "perisai.E002": secret_faults,
    "perisai.E004": host_faults,
    "perisai.E005": backend_faults,
    "perisai.E009": view_faults,
    "perisai.E010": queue_faults,
}


def check_deployment(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """Every fault of every subject, under its number."""
    return [Error(text, id=id_) for id_, faults in SUBJECTS.items() for text in faults()]


def check_database(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """E007: a migration that is not applied, or a trigger that is missing or switched off."""
    from perisai.services.triggers import broken_triggers  # noqa: PLC0415  models load after apps

    if not databases:
        return []
    found = []
    for alias in databases:
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            found.append("There are migrations that are not applied.")
    found += [f"The trigger {name} does not stand." for name in broken_triggers()]
    return [Error(text, id="perisai.E007") for text in found]


def _views(patterns: Sequence[Any]) -> set[Any]:
    """The classes behind the API's routes."""
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= _views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None and not view.__module__.startswith("drf_spectacular"):
                found.add(view)
    return found
