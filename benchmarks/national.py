"""The invented country: COPY by processes that encrypt, against bulk_create; memory by size."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from time import perf_counter
from typing import Final

from django.db import connection, transaction

from benchmarks.report import Figure, Report, at_most
from config.local.services import Running
from enrollment.models import (
    Assignment,
    Ecosystem,
    ImportedMember,
    Member,
    MemberOccupation,
    PhoneOwner,
)
from enrollment.nik import Sex
from payments.models import OpeningCover
from payments.services.checks import run_checks
from perisai.models import Agent, ImportRun, Village
from perisai.privacy import blind_index, name_words
from seeds.demo.names import person_name
from seeds.national.load import FILLED, load_national
from seeds.national.plan import NationalOrder

Say = Callable[[str], None]

MEMBERS: Final = 1_000_000
SMALLER: Final = 10
BY_ORM: Final = 5_000
BATCH: Final = 500
WORKERS: Final = 2
DUE: Final = 500
AS_OF: Final = date(2026, 11, 20)
PAID_THROUGH: Final = date(2026, 10, 1)
GOAL_RATIO: Final = 5
GOAL_ROWS_PER_SECOND: Final = 10_000_000 / 300
GOAL_GROWTH: Final = 1.25
KIB_PER_MIB: Final = 1024
EMPTY: Final = (
    "TRUNCATE enrollment_member, perisai_agent, perisai_office, perisai_branch, perisai_user,"
    " perisai_importrun CASCADE"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How long one country took, until its members were written and in all; the largest memory."""

    members: int
    copied: float
    seconds: float
    mebibytes: float
    in_a_worker: float


def run(_running: Running, say: Say) -> Report:
    """A tenth first, for the memory that any load needs; then all; then some by the ORM."""
    members = int(os.environ.get("SIZE", MEMBERS))
    few = _load(members // SMALLER, say)
    _empty()
    many = _load(members, say)
    if broken := [result.code for result in run_checks() if result.breaks]:
        raise RuntimeError(f"check_money is broken: {broken}")
    if Member.objects.count() != members:
        raise RuntimeError("not everybody arrived")
    by_orm = _orm_rows_per_second(min(BY_ORM, members))
    say(f"national: bulk_create {by_orm:,.0f} members/s")
    return Report(
        name="national",
        title=f"An invented country of {members:,} members",
        conditions=(
            f"`seed national` with {WORKERS} processes that invent and encrypt, beside the "
            "database: members with occupation, assignment, import and opening cover, every "
            "index built and every reference checked; check_money clean afterwards."
        ),
        figures=(
            *_rates(many, by_orm),
            at_most(
                f"largest memory of the writer ÷ that of {few.members:,} members",
                many.mebibytes / few.mebibytes,
                GOAL_GROWTH,
            ),
            Figure(name="largest memory of the writer", value=f"{many.mebibytes:,.0f} MiB"),
            Figure(name="largest memory of a process", value=f"{many.in_a_worker:,.0f} MiB"),
        ),
    )


def _rates(load: Load, by_orm: float) -> tuple[Figure, ...]:
    rate = load.members / load.seconds
    return (
        Figure(
            name="members, with all that stands of each",
            value=f"{rate:,.0f}/s",
            goal=f"≥ {GOAL_ROWS_PER_SECOND:,.0f}/s (ten million in five minutes)",
            is_met=rate >= GOAL_ROWS_PER_SECOND,
        ),
        Figure(
            name=f"the same ÷ bulk_create in batches of {BATCH}",
            value=f"{rate / by_orm:.3g}",
            goal=f"≥ {GOAL_RATIO}",
            is_met=rate >= by_orm * GOAL_RATIO,
        ),
        Figure(name="bulk_create", value=f"{by_orm:,.0f}/s"),
        Figure(name="invented, encrypted and copied", value=f"{load.members / load.copied:,.0f}/s"),
        Figure(name="all of it", value=f"{load.seconds:,.3g} s"),
    )


def _load(members: int, say: Say) -> Load:
    copied: list[float] = []
    started = perf_counter()

    def hear(text: str) -> None:
        if "(100%)" in text:
            copied.append(perf_counter() - started)
        say(f"national: {text}")

    order = NationalOrder(members=members, seed=1, due=DUE, as_of=AS_OF)
    load_national(order, workers=WORKERS, say=hear)
    return Load(
        members=members,
        copied=copied[0],
        seconds=perf_counter() - started,
        mebibytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB,
        in_a_worker=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_PER_MIB,
    )


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


def _orm_rows_per_second(many: int) -> float:
    """The same facts of invented people as the ORM writes them, into tables without others."""
    agent, run = Agent.objects.select_related("office").all()[0], ImportRun.objects.get()
    village = Village.objects.order_by("code")[0].pk
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model in FILLED)} CASCADE")
    started = perf_counter()
    for start in range(0, many, BATCH):
        people = [
            _person(number, agent, village) for number in range(start, min(start + BATCH, many))
        ]
        with transaction.atomic():
            _write_by_orm(people, agent, run)
    return many / (perf_counter() - started)


def _person(number: int, agent: Agent, village: str) -> Member:
    draw = Random(number)  # noqa: S311  invented people
    name = person_name(Sex.FEMALE, draw)
    nik = f"{village[:6]}{number:06}{9_900 + number % 70}"
    phone = f"+62812000{number:05}"
    return Member(
        agent=agent,
        branch_id=agent.office.branch_id,
        nik=nik,
        nik_index=blind_index("nik", nik),
        full_name=name,
        name_words=name_words(name, regency_code=village[:4]),
        birth_date=date(1985, 3, 1),
        sex=Sex.FEMALE,
        birthplace="SIDOARJO",
        village_id=village,
        regency_code=village[:4],
        address_line=f"Lorong Melur No. {number % 99}",
        phone=phone,
        phone_index=blind_index("phone", phone),
        phone_owner=PhoneOwner.SELF,
        ecosystem=Ecosystem.DESA,
        income_monthly=1_000_000,
        programmes=["JKK", "JKM"],
        kpj=f"1{number:010}",
        registered_on=date(2024, 1, 1),
        paid_through=PAID_THROUGH,
        episode_no=1,
        episode_started_on=date(2024, 1, 1),
    )


def _write_by_orm(people: list[Member], agent: Agent, run: ImportRun) -> None:
    Member.objects.bulk_create(people)
    MemberOccupation.objects.bulk_create(
        MemberOccupation(member=one, occupation_id="DES01", is_main=True) for one in people
    )
    Assignment.objects.bulk_create(
        Assignment(member=one, agent=agent, from_on=one.registered_on) for one in people
    )
    ImportedMember.objects.bulk_create(
        ImportedMember(member=one, run=run, line=int(one.kpj[1:]) + 1) for one in people
    )
    OpeningCover.objects.bulk_create(
        OpeningCover(
            member=one,
            run=run,
            paid_through=PAID_THROUGH,
            episode_no=1,
            episode_started_on=one.episode_started_on,
            agent=agent,
            months_with_agent=12,
        )
        for one in people
    )
