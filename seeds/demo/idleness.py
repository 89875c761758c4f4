"""Agents who bring nothing any more: two of a branch that has enough (R31). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from perisai.months import add_months, month_of
from seeds.demo.agents import DemoAgent
from seeds.demo.person import Habit, Person
from seeds.demo.sale import Sale

FEWEST_AGENTS: Final = 8  # others have other parts to play
IDLE_MONTHS: Final = {-5: 3, -6: 2}
"""Full months without a result, by the agent's place: one to be reviewed, one to be warned."""

FOLLOWER: Final = 2
"""The place of the agent who registered whom the idle ones did not."""


def quiet_since(agents: Sequence[DemoAgent], *, as_of: date) -> dict[str, date]:
    """The first day without any result, by number of the agents who have none."""
    if len(agents) < FEWEST_AGENTS:
        return {}
    month = month_of(as_of)
    return {
        agents[place].number: add_months(month, -months) for place, months in IDLE_MONTHS.items()
    }


def registered_by_others(
    people: Sequence[Person], agents: Sequence[DemoAgent], *, since: Mapping[str, date]
) -> list[Person]:
    """The same people; whom an idle agent would have registered lately is a colleague's."""
    return [
        replace(person, agent=agents[FOLLOWER].number)
        if person.captured_at.date() >= since.get(person.agent, date.max)
        else person
        for person in people
    ]


def is_brought(sale: Sale, *, since: Mapping[str, date], as_of: date) -> bool:
    """Whether a bill was made: an idle agent's members stopped with her.

    She herself pays a year ahead, and not again in the running month.
    """
    person = sale.person
    begins = since.get(person.agent)
    if begins is None:
        return True
    if person.pattern.habit is Habit.AHEAD:
        begins = month_of(as_of)
    settled_on = sale.taking.settled_on if sale.taking else sale.made_at.date()
    return max(settled_on, sale.made_at.date()) < begins
