"""A backup of the tests' database by pg_dump, and a new database that pg_restore fills from it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from psycopg import sql

from config.local.binaries import postgres_bin
from tests.cluster import server_connection


def back_up(to: Path) -> None:
    """The whole database, in one file."""
    name = str(connection.settings_dict["NAME"])
    _run("pg_dump", "--format=custom", f"--file={to}", f"--dbname={name}")


@contextmanager
def restored(backup: Path) -> Iterator[None]:
    """Let Django's connection lead to what the backup holds; the lost one stays as it is."""
    lost = str(connection.settings_dict["NAME"])
    name = f"{lost}_restored"
    connection.close()
    with server_connection() as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        _run("pg_restore", "--exit-on-error", f"--dbname={name}", str(backup))
        connection.settings_dict["NAME"] = name
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = lost
        with server_connection() as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(program: str, *arguments: str) -> None:
    said = connection.settings_dict
    server = [f"--host={said['HOST']}", f"--port={said['PORT']}", f"--username={said['USER']}"]
    done = subprocess.run(  # noqa: S603  our own program with our own arguments
        [str(postgres_bin() / program), *server, *arguments],
        env=os.environ | {"PGPASSWORD": str(said["PASSWORD"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
