"""A bill of many members: how fast its months are priced and stored, and by how many statements."""

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Final

from django.utils import timezone

from benchmarks.people import make_members
from benchmarks.report import Figure, Report, spread
from benchmarks.stage import StatementCount, make_agent
from config.local.services import Running
from enrollment.models import Member
from payments.models import Bill, BillLine, Payer
from payments.services.billing import BillOrder, make_bill
from payments.services.makers import AgentMaker, Maker, UserMaker
from payments.services.outcomes import BillMade
from payments.tariff import PayerKind
from perisai.clock import official_date
from perisai.models import Role, User

ROUNDS: Final = 5
SIZES: Final = ((500, 3), (5_000, 12))
GOAL: Final = 5_000
MOST_STATEMENTS: Final = 8

Say = Callable[[str], None]


def run(running: Running, say: Say) -> Report:
    """Bills of an agent's five hundred and of the office's five thousand, by turns."""
    return Report(
        name="bills",
        title="One bill of many members",
        conditions=f"{ROUNDS} rounds by turns after one that warms up; "
        f"{BillLine.objects.count():,} lines on file before.",
        figures=group_bill_figures(say),
    )


def group_bill_figures(say: Say) -> tuple[Figure, ...]:
    """B6: lines priced and stored per second, and statements, at both sizes."""
    agent = make_agent("BENCH-BILLS")
    office = User.objects.create_user(
        "bench-bills", role=Role.SUPERVISOR, branch=agent.office.branch
    )
    makers: dict[int, Maker] = {
        500: AgentMaker(agent_id=agent.pk),
        5_000: UserMaker(user_id=office.pk),
    }
    group = Payer.objects.create(
        kind=PayerKind.GROUP,
        name="Kelompok uji",
        office=agent.office,
        contract_from=official_date(timezone.now()) - timedelta(days=1),
    )
    say("bills: making 5,000 members")
    people = make_members(agent, max(members for members, _ in SIZES))
    rates: dict[tuple[int, int], list[float]] = {size: [] for size in SIZES}
    counts: dict[tuple[int, int], int] = {}
    for number in range(ROUNDS + 1):
        say(f"bills: round {number} of {ROUNDS}")
        for size in SIZES:
            order = _order(makers[size[0]], people, size, group, number)
            rate, counts[size] = _measured(order)
            rates[size].append(rate)
    return tuple(_figure(size, rates[size][1:], counts[size]) for size in SIZES)


def _figure(size: tuple[int, int], rates: list[float], statements: int) -> Figure:
    members, months = size
    is_met = median(rates) >= GOAL and statements <= MOST_STATEMENTS
    return Figure(
        name=f"B6 group bill, {members:,} members x {months} months",
        value=f"{spread(rates, ' lines/s')}, {statements} statements",
        goal=f"≥ {GOAL:,} lines/s, ≤ {MOST_STATEMENTS} statements",
        is_met=is_met,
    )


def _order(
    maker: Maker, people: list[Member], size: tuple[int, int], group: Payer, number: int
) -> BillOrder:
    members, months = size
    return BillOrder(
        maker=maker,
        member_ids=tuple(member.pk for member in people[:members]),
        months=months,
        payer_id=group.pk,
        title=f"Putaran {number} dari {members}",  # another one each time: nothing is reused
        key=f"bench-bills-{members}-{number:04d}" if isinstance(maker, AgentMaker) else None,
        is_collective=True,
    )


def _measured(order: BillOrder) -> tuple[float, int]:
    """Lines per second and statements of one bill. Raises if it was not made."""
    with StatementCount() as count:
        started = perf_counter()
        outcome = make_bill(order, now=timezone.now())
        seconds = perf_counter() - started
    if not isinstance(outcome, BillMade):
        raise TypeError(f"the bill was not made: {outcome}")
    return Bill.objects.get(pk=outcome.bill_id).line_count / seconds, count.statements
