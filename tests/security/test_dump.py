"""A stolen dump of the database names nobody."""

import base64
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from django.db import connection
from psycopg import sql

from config.local.binaries import postgres_bin
from enrollment.models import Heir, Member
from perisai.models import Agent
from tests.conftest import DJANGO_TABLES, REFERENCE_TABLES
from tests.factories.enrollment import MemberFactory
from tests.seeds.demonstration import seed_demo

pytestmark = pytest.mark.django_db(transaction=True)

# Enough that chance does not spell a word in megabytes of ciphertext.
LONG_ENOUGH: Final = 5
WORDS: Final = re.compile(r"[^\W\d_]{3,}")


def dumped(*, only: str = "") -> str:
    """What pg_dump writes of the database, or of one table; without the reference data."""
    database = connection.settings_dict
    public = REFERENCE_TABLES | DJANGO_TABLES
    wanted = [f"--table={only}"] if only else [f"--exclude-table-data={name}" for name in public]
    done = subprocess.run(  # noqa: S603  our own program with our own arguments
        [
            str(postgres_bin() / "pg_dump"),
            f"--host={database['HOST']}",
            f"--port={database['PORT']}",
            f"--username={database['USER']}",
            f"--dbname={database['NAME']}",
            *sorted(wanted),
        ],
        env=os.environ | {"PGPASSWORD": str(database["PASSWORD"])},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def found_in(dump: str, secrets: Iterable[str]) -> set[str]:
    """Those secrets that a reader of the dump finds: plain in any case, in hex, or in base64."""
    spoken = {word.upper() for word in WORDS.findall(dump)}
    return {secret for secret in set(secrets) if secret.upper() in spoken or _lies_in(dump, secret)}


def _lies_in(dump: str, secret: str) -> bool:
    return len(secret) >= LONG_ENOUGH and any(form in dump for form in forms_of(secret))


def forms_of(secret: str) -> Iterator[str]:
    """The ways in which a text may lie in a dump."""
    plain = secret.encode()
    if not secret.isalpha():
        yield secret
    yield plain.hex()
    for shift in range(3):
        # Only the letters that do not depend on what stands before and after.
        coded = base64.b64encode(bytes(shift) + plain).decode().rstrip("=")
        yield coded[shift + 1 if shift else 0 : -1]


def words_of(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in WORDS.findall(name)}


def spellings_of(phones: Iterable[str | None]) -> set[str]:
    """A number in E.164, and its digits without the country."""
    known = {phone for phone in phones if phone}
    return known | {phone.removeprefix("+62") for phone in known}


@contextmanager
def copy_with(column: str, clear: str, *, kind: str) -> Iterator[str]:
    """A copy of the table of members with one more column that holds a text as it is."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE control_member AS TABLE enrollment_member")
        cursor.execute(
            sql.SQL("ALTER TABLE control_member ADD COLUMN {} {}").format(
                sql.Identifier(column), sql.SQL(kind)
            )
        )
        value = clear.encode() if kind == "bytea" else clear
        cursor.execute(
            sql.SQL("UPDATE control_member SET {} = %s").format(sql.Identifier(column)), [value]
        )
    try:
        yield "control_member"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE control_member")


def test_dump_shows_nothing(tmp_path: Path) -> None:
    seed_demo(tmp_path, scale=0.02)
    members, heirs, agents = Member.objects.all(), Heir.objects.all(), Agent.objects.all()
    names = words_of(person.full_name for person in members)
    names |= words_of(person.name for person in heirs) | words_of(agent.name for agent in agents)
    niks = {member.nik for member in members}
    phones = spellings_of([*(one.phone for one in members), *(one.phone for one in agents)])
    assert (len(niks), len(names) > LONG_ENOUGH, len(phones) > LONG_ENOUGH) == (126, True, True)
    dump = dumped()
    assert str(members[0].pk) in dump
    assert found_in(dump, names | niks | phones) == set()


@pytest.mark.parametrize(
    ("clear", "secrets"),
    [
        ("Ratna Hidayat", {"RATNA", "HIDAYAT"}),
        ("RATNA HIDAYAT", {"RATNA", "HIDAYAT"}),
        ("1671055511909901", {"1671055511909901"}),
        ("+6281200001234", {"+6281200001234", "81200001234"}),
    ],
)
def test_dump_control_with_a_clear_column_fails(clear: str, secrets: set[str]) -> None:
    MemberFactory.create()
    with copy_with("said", clear, kind="text") as table:
        assert found_in(dumped(only=table), secrets) == secrets


@pytest.mark.parametrize("shift", ["", "x", "xx", "xxx"])
def test_dump_control_with_a_coded_column_fails(shift: str) -> None:
    MemberFactory.create()
    secrets = {"RATNA", "HIDAYAT", "1671055511909901", "81200001234"}
    clear = shift + " ".join(sorted(secrets))
    with copy_with("said", clear, kind="bytea") as table:
        assert found_in(dumped(only=table), secrets) == secrets
    coded = base64.b64encode(clear.encode()).decode()
    with copy_with("said", coded, kind="text") as table:
        assert found_in(dumped(only=table), secrets) == secrets
