"""System check of office logins: each has an authenticator app, soon after it was made."""

from collections.abc import Sequence
from typing import Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connections

ID = "perisai.E009"
DAYS_TO_ENROL: Final = 7
WITHOUT_APP: Final = """
    SELECT count(*) FROM perisai_user u
    WHERE u.is_staff AND u.is_active AND u.password NOT LIKE '!%%'
      AND u.created_at < now() - make_interval(days => %(patience)s)
      AND NOT EXISTS (SELECT FROM perisai_totpdevice d
                      WHERE d.user_id = u.id AND d.confirmed_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM perisai_factorreset r
                      WHERE r.user_id = u.id AND r.at > now() - make_interval(days => %(patience)s))
"""
TABLES: Final = {"perisai_user", "perisai_totpdevice", "perisai_factorreset"}


def check_factors(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Refuse staff who could log in by password and have had a week to set up an app."""
    return [
        Error(f"{found} office users have no authenticator app.", id=ID)
        for alias in databases or ()
        if (found := _without_app(alias))
    ]


def _without_app(alias: str) -> int:
    """How many; none before the first migration."""
    connection = connections[alias]
    if not set(connection.introspection.table_names()) >= TABLES:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_APP, {"patience": DAYS_TO_ENROL})
        row: tuple[int] = cursor.fetchone()
    return row[0]
