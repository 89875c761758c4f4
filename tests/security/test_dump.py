"""A stolen dump of the database names nobody."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from psycopg import sql

from enrollment.models import Heir, Member
from payments.models import PayerContact
from perisai.models import Agent
from tests.factories.enrollment import MemberFactory
from tests.security.dumps import LONG_ENOUGH, dumped, found_in, spellings_of, words_of
from tests.seeds.demonstration import seed_demo

pytestmark = pytest.mark.django_db(transaction=True)


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
    contacts = PayerContact.objects.all()
    names |= words_of(contact.name for contact in contacts)
    niks = {member.nik for member in members}
    phones = spellings_of(one.phone for people in (members, agents, contacts) for one in people)
    assert (len(niks), len(contacts)) == (126, 2)
    assert min(len(names), len(phones)) > LONG_ENOUGH
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
