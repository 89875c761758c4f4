"""System check of the database server: no older one than we are tested on."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connections

ID = "perisai.E006"
OLDEST_MAJOR = 18


def check_server_version(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Refuse a PostgreSQL that is too old; asked with `migrate` and `check --database`."""
    return [
        Error(fault, id=ID)
        for alias in databases or ()
        if (fault := too_old(_server_version(alias)))
    ]


def _server_version(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        row: tuple[int] = cursor.fetchone()
    return row[0]


def too_old(found: int) -> str:
    """What is wrong with a server version in PostgreSQL's own number (180004), or nothing."""
    major, minor = divmod(found, 10_000)
    if major >= OLDEST_MAJOR:
        return ""
    return f"The server is PostgreSQL {major}.{minor}; this release needs {OLDEST_MAJOR} or newer."
