"""The demonstration into the database: all of it in one transaction, or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from enrollment.models import DueDate, Occupation
from enrollment.services.rules import age_limits
from payments.services.rates import bill_rules, rate_book
from perisai.clock import official_zone
from perisai.deadlines import Deadline, within
from perisai.months import add_months, month_of
from seeds.demo.cases import send_duplicates
from seeds.demo.chronicle import replay
from seeds.demo.edits import send_edits
from seeds.demo.history import Rulebook
from seeds.demo.keeping import keep_members
from seeds.demo.money_cases import stir_money
from seeds.demo.money_office import govern_money
from seeds.demo.money_rows import Bookkeeper
from seeds.demo.offices import (
    Passwords,
    appoint_agents,
    name_memberships,
    open_branch,
    open_counter,
    open_national_logins,
)
from seeds.demo.person import Person
from seeds.demo.person_rows import Registrar
from seeds.demo.places import read_place
from seeds.demo.plan import BRANCHES
from seeds.demo.rights import ask_for_rights
from seeds.demo.sponsors import sponsor
from seeds.demo.story import Scene, Story, tell
from seeds.demo.troubles import trouble
from seeds.demo.visits import visit
from sync.services import book

Say = Callable[[str], None]

BOOK_CHUNK: Final = 500
MONTHS_BACK: Final = 24
# synchronous_commit: who stops the machine meanwhile loses nothing but the demonstration.
# pgtrigger.ignore names no trigger, so that all of them act. While it is not set at all, each call
# of a trigger fails once inside, and each failure walks through every check that waits for COMMIT:
# 100,000 journal lines would take hours.
PREPARE: Final = """
    SELECT set_config('synchronous_commit', 'off', true),
        set_config('pgtrigger.ignore', '{}', true)
"""
CHECK_NOW: Final = "SET CONSTRAINTS ALL IMMEDIATE"


class NoCalendar(LookupError):
    """Months of the demonstration have no due date: the reference data do not reach them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted: the day that the two years end on, the size, and whose passwords."""

    as_of: date
    scale: float
    passwords: Passwords


def load_demo(order: Order, *, say: Say) -> None:
    """Invent everybody, then write. Raises NoPlaces or NoCalendar before anything is written."""
    scene = read_scene(as_of=order.as_of, scale=order.scale)
    story = tell(scene)
    paid = sum(sale.taking is not None for sale in story.sales)
    say(
        f"invented {sum(map(len, story.agents.values())):,} agents, {len(story.people):,} people, "
        f"{len(story.sales):,} bills, {paid:,} payments"
    )
    with within(Deadline.BULK):
        with connection.cursor() as cursor:
            cursor.execute(PREPARE)
        _write(story, order, scene, say=say)
        with connection.cursor() as cursor:
            cursor.execute(CHECK_NOW)
        say("every constraint and every journal entry checked")


def read_scene(*, as_of: date, scale: float) -> Scene:
    """Places, tariff and calendar from the database. Raises NoPlaces or NoCalendar."""
    due_on = dict(DueDate.objects.values_list("month", "due_on"))
    months = [add_months(month_of(as_of), -ago) for ago in range(MONTHS_BACK + 1)]
    if missing := [month for month in months if month not in due_on]:
        raise NoCalendar(f"no due date of {min(missing):%Y-%m}")
    rulebook = Rulebook(
        rates=rate_book(),
        rules=bill_rules(),
        ages=age_limits(),
        valid_for=settings.BILL_VALID_FOR,
        due_on=due_on,
        transport=frozenset(
            Occupation.objects.filter(transport_sector=True).values_list("code", flat=True)
        ),
        zone=official_zone(),
    )
    places = {plan.regency: read_place(plan.regency) for plan in BRANCHES}
    return Scene(places=places, rulebook=rulebook, as_of=as_of, scale=scale)


def _write(story: Story, order: Order, scene: Scene, *, say: Say) -> None:
    agents = {agent.number: agent.id for group in story.agents.values() for agent in group}
    branches = {plan.regency: open_branch(plan, order.passwords).pk for plan in BRANCHES}
    counters = {plan.regency: open_counter(plan, order.passwords) for plan in BRANCHES}
    open_national_logins(order.passwords)
    for group in story.agents.values():
        appoint_agents(group, order.passwords)
    ecosystems = dict(Occupation.objects.values_list("code", "ecosystem"))
    Registrar(agents=agents, branches=branches, ecosystems=ecosystems).write(story.people)
    for group in story.agents.values():
        name_memberships(group)
    say(f"{len(agents):,} agents and {len(story.people):,} members are in")
    Bookkeeper(agents=agents, counters=counters).write(story.sales)
    say("bills, payments, cover months and the journal are in")
    zones = {regency: place.zone for regency, place in scene.places.items()}
    nights = replay(story.people, zones, as_of=order.as_of)
    tried = visit(story.sales, zones, as_of=order.as_of)
    say(
        f"{nights.opened:,} follow-ups opened by the sweep, {tried:,} attempts made, "
        f"{nights.reminded:,} phones reminded"
    )
    _fill_books(story.people, agents)
    for plan in BRANCHES:
        zone = zones[plan.regency]
        trouble(plan, story.agents[plan.code], as_of=order.as_of, zone=zone)
    cases = send_duplicates(story, zones, as_of=order.as_of)
    say(f"every member is in the book of her agent; {cases} second registrations became cases")
    edits = send_edits(story, zones, as_of=order.as_of)
    say(f"{edits} corrections, closings and other edits came from phones")
    asked = ask_for_rights(story, zones, as_of=order.as_of)
    say(f"{asked} people asked about their own data")
    happened = stir_money(story.agents, as_of=order.as_of)
    sponsored = sponsor(story.agents, as_of=order.as_of)
    corrected = govern_money(order.passwords, as_of=order.as_of)
    say(
        f"{len(happened)} special cases of money, {corrected} corrections asked for, "
        f"{sponsored} members of sponsors whose term ends"
    )
    kept = keep_members(as_of=order.as_of)
    say(", ".join(f"{many:,} {what}" for what, many in kept.items()) + " on the eve")


def _fill_books(people: Sequence[Person], agents: Mapping[str, UUID]) -> None:
    """Books as the phones will pull them, raised once per chunk."""
    by_agent = sorted(people, key=lambda person: (person.agent, person.id))
    for start in range(0, len(by_agent), BOOK_CHUNK):
        with book.recording(Deadline.BULK) as changes:
            for person in by_agent[start : start + BOOK_CHUNK]:
                changes.put(agents[person.agent], "member", [person.id])
