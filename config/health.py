"""Whether a process lives, and whether it can do its work."""

import time
from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from perisai.services.keys import canaries_open
from perisai.services.purges import purges_behind
from perisai.services.queues import broker_answers

log = structlog.get_logger(__name__)
MIGRATIONS_CACHED_SECONDS = 30
_migrations: dict[str, float | bool] = {"at": 0.0, "ok": False}


@never_cache
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """The process answers; touches nothing."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when database, cache, migrations and key rings are right, else 503 with names only.

    Without its broker it is `degraded`: payments and phones need none. `behind` names purges that
    are a week late. Both are alarms, and no reason to take no calls.
    """
    checks = {
        "database": _database_answers,
        "cache": _cache_answers,
        "migrations": _migrations_applied,
        "keys": canaries_open,
    }
    broken = [name for name, check in checks.items() if not _holds(name, check)]
    degraded = [] if broken or broker_answers() else ["broker"]
    fine = "degraded" if degraded else "ready"
    body = {
        "status": "unready" if broken else fine,
        "broken": broken,
        "degraded": degraded,
        "behind": [] if broken else purges_behind(),
    }
    return JsonResponse(body, status=503 if broken else 200)


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as fault:  # whatever broke, the answer is: not ready
        log.warning("readiness_check_failed", check=name, error=type(fault).__name__)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _cache_answers() -> bool:
    cache.set("health", "ok", 5)
    return bool(cache.get("health") == "ok")


def _migrations_applied() -> bool:
    if time.monotonic() - _migrations["at"] > MIGRATIONS_CACHED_SECONDS or not _migrations["ok"]:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        _migrations.update(at=time.monotonic(), ok=not plan)
    return bool(_migrations["ok"])
