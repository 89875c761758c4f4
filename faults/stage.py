"""Invented people, counters and collective bills, put in by hand; nothing is paid yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle
from random import Random
from typing import Final

from django.utils import timezone

from benchmarks.stage import make_agent
from enrollment.models import Assignment, Member, MemberOccupation
from enrollment.nik import Sex
from faults.terminal import Counter, Errand
from payments.models import Bill, PaymentPartner, PostAgent
from payments.services.billing import BillOrder, make_bill
from payments.services.makers import UserMaker
from payments.services.outcomes import BillMade
from perisai.models import Agent, Role, User, Village
from perisai.privacy import blind_index
from perisai.services.tokens import issue_terminal_token
from seeds.reference import load_reference
from seeds.region_files import read_region_tree
from sync.services.book import open_book

OUTLETS: Final = 96  # so many that no counter meets its limit of look-ups
AGENTS: Final = 60
PER_GROUP: Final = 20
EACH_PAYS: Final = 5
ONE_GROUP_IN: Final = 400
TAKEN_BACK: Final = 0.02
TWINS: Final = 0.02
SINCE: Final = date(2025, 1, 2)
REGENCIES: Final = frozenset({"3515", "1671"})
FARMER: Final = "DES01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who comes to pay, and where."""

    counters: tuple[Counter, ...]
    errands: Iterator[Errand]


def load_villages() -> None:
    """Tariff, occupations, due dates, and villages of two regencies: what a payment needs."""
    load_reference(read_region_tree().only_villages_of(REGENCIES), say=lambda _line: None)


def make_stage(name: str, *, first: int, payments: int, random: Random) -> Stage:
    """People for at least that many payments; their numbers begin at `first`."""
    agents = [make_agent(f"{name}-{n:03}") for n in range(AGENTS)]
    for agent in agents:
        open_book(agent.pk)
    alone = make_members(agents, count(first), payments // EACH_PAYS + 40)
    groups = payments // ONE_GROUP_IN + 1
    together = make_members(agents, count(first + len(alone)), groups * PER_GROUP)
    bills = _group_bills(name, together)
    return Stage(counters=_counters(name), errands=_errands(alone, bills, random))


def make_members(agents: list[Agent], numbers: Iterator[int], many: int) -> list[Member]:
    """People in the care of these agents by turns, in no book yet."""
    villages = list(Village.objects.order_by("code")[:50])
    pairs = zip(cycle(agents), cycle(villages), strict=False)
    people = [
        _member(agent, village, number)
        for (agent, village), number, _ in zip(pairs, numbers, range(many), strict=False)
    ]
    Member.objects.bulk_create(people, batch_size=1_000)
    Assignment.objects.bulk_create(
        (Assignment(member=one, agent=one.agent, from_on=SINCE) for one in people),
        batch_size=1_000,
    )
    MemberOccupation.objects.bulk_create(
        (MemberOccupation(member=one, occupation_id=FARMER, is_main=True) for one in people),
        batch_size=1_000,
    )
    return people


def _member(agent: Agent, village: Village, number: int) -> Member:
    born_on = date(1975, 1, 1) + timedelta(days=number // 100 % 9_000)
    nik = f"{village.pk[:6]}{born_on:%d%m%y}{9_900 + number % 100}"
    return Member(
        agent=agent,
        branch_id=agent.office.branch_id,
        nik=nik,
        nik_index=blind_index("nik", f"faults-{number}"),
        full_name="Peserta Contoh",
        birth_date=born_on,
        sex=Sex.MALE,
        regency_code=village.pk[:4],
        village=village,
        address_line="Dusun Contoh",
        phone="+6281200000000",
        phone_index=blind_index("phone", f"faults-{number}"),
        programmes=["JKK", "JKM"],
        income_monthly=1_000_000,
        kpj=f"8{number:010d}",
        registered_on=SINCE,
    )


def _group_bills(name: str, people: list[Member]) -> list[Errand]:
    """Bills of twenty members each, made by the office."""
    office = User.objects.create_user(f"{name}-kantor", role=Role.NATIONAL)
    errands: list[Errand] = []
    for first in range(0, len(people), PER_GROUP):
        ids = tuple(one.pk for one in people[first : first + PER_GROUP])
        order = BillOrder(maker=UserMaker(user_id=office.pk), member_ids=ids, months=1)
        made = make_bill(order, now=timezone.now())
        if not isinstance(made, BillMade):
            raise TypeError(f"a collective bill was not made: {made}")
        bill = Bill.objects.get(pk=made.bill_id)
        errands.append(Errand(bill_code=bill.code, amount=bill.payable))
    return errands


def _counters(name: str) -> tuple[Counter, ...]:
    """Counters of two partners, with a terminal's token each."""
    partners = [
        PaymentPartner.objects.create(code=f"{name}-{n}", name="Mitra Contoh") for n in (1, 2)
    ]
    return tuple(_counter(name, partners[n % 2], n) for n in range(OUTLETS))


def _counter(name: str, partner: PaymentPartner, number: int) -> Counter:
    login = f"{name}-{number:02d}"
    user = User.objects.create_user(login, role=Role.POST_AGENT)
    PostAgent.objects.create(
        user=user, partner=partner, outlet_code=f"{number:05d}", name="Loket Contoh"
    )
    token, _ends = issue_terminal_token(user, "T-01")
    return Counter(partner=partner.pk, token=token)


def _errands(alone: list[Member], bills: list[Errand], random: Random) -> Iterator[Errand]:
    """Round after round everybody's next month; now and then a group, and twins at two counters."""
    groups = iter(bills)
    served = 0
    while True:
        random.shuffle(alone)
        for member in alone:
            served += 1
            if served % ONE_GROUP_IN == 1:
                group = next(groups, None)
                yield from [] if group is None else [group, group]
            errand = Errand(kpj=str(member.kpj), is_taken_back=random.random() < TAKEN_BACK)
            yield errand
            if random.random() < TWINS:
                yield errand
