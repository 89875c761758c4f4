"""The invented country into the database: all of it in one transaction, or nothing.

Members come as lines of COPY from processes that invent and encrypt them; what else stands of a
member follows from her row by set. They come as existing members do who are brought in from a
file: with cover from before, which no money stands behind.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from psycopg import sql

from enrollment.models import (
    Assignment,
    ImportedMember,
    Member,
    MemberOccupation,
    Occupation,
    Prospect,
)
from payments.models import OpeningCover
from perisai.deadlines import Deadline, within
from perisai.models import (
    Agent,
    Branch,
    FileFormat,
    ImportKind,
    ImportRun,
    LegalBasis,
    Office,
    Regency,
    Village,
)
from perisai.privacy import key_provider
from seeds.national.bare import stripped
from seeds.national.offices import national_logins, open_country
from seeds.national.people import COLUMNS
from seeds.national.plan import Book, NationalOrder, books_of
from seeds.national.processes import written

Say = Callable[[str], None]

FILLED: Final = (Member, MemberOccupation, Assignment, ImportedMember, OpeningCover)
TOLD_EVERY: Final = 0.05
FREE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('perisai.national', 0))"
# A load may take longer than any other transaction, and waits for its processes in between.
PREPARE: Final = """
    SELECT set_config('statement_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', '0', true),
        set_config('synchronous_commit', 'off', true)
"""
DRAW_KPJS: Final = "SELECT setval('enrollment_kpj_seq', nextval('enrollment_kpj_seq') + %(more)s)"
INSERT_OCCUPATIONS: Final = """
    INSERT INTO enrollment_memberoccupation (member_id, occupation_id, is_main)
    SELECT m.id, o.codes[1 + left(m.kpj, 10)::bigint %% cardinality(o.codes)], true
    FROM enrollment_member m
    JOIN (
        SELECT ecosystem, array_agg(code ORDER BY code) AS codes
        FROM enrollment_occupation GROUP BY ecosystem
    ) o USING (ecosystem)
"""
INSERT_ASSIGNMENTS: Final = """
    INSERT INTO enrollment_assignment (member_id, agent_id, from_on)
    SELECT id, agent_id, registered_on FROM enrollment_member
"""
INSERT_IMPORTED: Final = """
    INSERT INTO enrollment_importedmember (member_id, run_id, line, soft_checks)
    SELECT id, %(run)s, 1 + left(kpj, 10)::bigint - %(first_kpj)s, '{}' FROM enrollment_member
"""
INSERT_OPENINGS: Final = """
    INSERT INTO payments_openingcover (
        member_id, run_id, paid_through, episode_no, episode_started_on, agent_id,
        months_with_agent
    )
    SELECT id, %(run)s, paid_through, episode_no, episode_started_on, agent_id,
        12 * (extract(year FROM paid_through) - extract(year FROM registered_on))
            + extract(month FROM paid_through) - extract(month FROM registered_on)
    FROM enrollment_member WHERE paid_through IS NOT NULL
"""


class CannotSeed(ValueError):
    """Nothing was loaded; the text says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many are there now; `is_new`: whether this very call brought them."""

    members: int
    agents: int
    is_new: bool


def load_national(order: NationalOrder, *, workers: int, say: Say) -> Loaded:
    """Invent and write everybody, or nobody. The same order again changes nothing.

    Raises CannotSeed where other people are, before anything is written.
    """
    with within(Deadline.BULK):
        _execute(PREPARE)
        if not _answer(FREE):
            raise CannotSeed("another load is under way")
        if _run_of(order).exists():
            return _counted(is_new=False)
        _must_be_empty()
        villages = list(Village.objects.order_by("code").values_list("code", "kind"))
        if not villages or not Occupation.objects.exists():
            raise CannotSeed("no villages or occupations: run `manage.py seed reference` first")
        books = books_of(order, villages)
        say(f"{len(books):,} agents for {order.members:,} members")
        _write(order, books, workers=workers, say=say)
        return _counted(is_new=True)


def _must_be_empty() -> None:
    if any(model.objects.exists() for model in (Member, Prospect, Agent, Office, Branch)):
        raise CannotSeed("this database holds other people, or their offices")


def _run_of(order: NationalOrder) -> QuerySet[ImportRun]:
    return ImportRun.objects.filter(sha256=order.digest, loaded_at__isnull=False)


def _counted(*, is_new: bool) -> Loaded:
    return Loaded(members=Member.objects.count(), agents=Agent.objects.count(), is_new=is_new)


def _write(order: NationalOrder, books: Sequence[Book], *, workers: int, say: Say) -> None:
    first_kpj = _answer(DRAW_KPJS, more=order.members - 1) - order.members + 1
    regencies = dict(Regency.objects.values_list("code", "name"))
    keepers = open_country(books, order, regencies, first_kpj)
    run = _keep_run(order)
    say("branches, offices and agents are in")
    with stripped(FILLED, say=say):
        tasks = zip(books, keepers, strict=True)
        _copy(_told(written(order, tasks, workers=workers), books, say=say))
        values = {"run": run.pk, "first_kpj": first_kpj}
        for statement in (
            INSERT_OCCUPATIONS,
            INSERT_ASSIGNMENTS,
            INSERT_IMPORTED,
            INSERT_OPENINGS,
        ):
            _execute(statement, **values)
        say("occupations, assignments and opening covers are in")
    for model in FILLED:
        _execute(f"ANALYZE {model._meta.db_table}")
    say("every constraint checked, statistics taken")


def _keep_run(order: NationalOrder) -> ImportRun:
    """The fact that these members came in one go, confirmed by a second officer."""
    first, second = national_logins()
    now = timezone.now()
    return ImportRun.objects.create(
        kind=ImportKind.MEMBERS,
        made_by=first,
        sha256=order.digest,
        file_format=FileFormat.CSV,
        size=0,
        legal_basis=LegalBasis.CONTRACT,
        basis_note=f"invented for benchmarks, seed {order.seed}",
        field_key=key_provider().active_id("field"),
        read_at=now,
        rows=order.members,
        fault_count=0,
        brings_cover=True,
        confirmed_by=second,
        confirmed_at=now,
        loaded_at=now,
        told_at=now,
    )


def _copy(blocks: Iterator[str]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(Member._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for block in blocks:
            target.write(block)


def _told(blocks: Iterator[str], books: Sequence[Book], *, say: Say) -> Iterator[str]:
    """The same blocks, with a word whenever another part of the members is written."""
    whole, done, told = sum(book.many for book in books), 0, 0
    for block, book in zip(blocks, books, strict=True):
        yield block
        done += book.many
        if done == whole or done - told >= whole * TOLD_EVERY:
            told = done
            say(f"{done:,} members written ({done / whole:.0%})")


def _execute(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def _answer(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        found: tuple[int] = cursor.fetchone()
    return found[0]
