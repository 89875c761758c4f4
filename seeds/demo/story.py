"""The whole demonstration in memory: who, where, and what was paid. Pure, but for its Scene."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from seeds.demo.agents import DemoAgent, agents_of
from seeds.demo.draws import stream
from seeds.demo.history import Rulebook, Teller
from seeds.demo.idleness import is_brought, quiet_since, registered_by_others
from seeds.demo.people import people_of
from seeds.demo.person import Habit, Person
from seeds.demo.places import Place
from seeds.demo.plan import BRANCHES, BranchPlan
from seeds.demo.sale import Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the story is told from: places by regency, the rules, the day and the size."""

    places: Mapping[str, Place]
    rulebook: Rulebook
    as_of: date
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Story:
    """Everybody and everything, in the order in which it happened."""

    agents: dict[str, list[DemoAgent]]
    people: list[Person]
    sales: list[Sale]


def tell(scene: Scene) -> Story:
    """The same scene gives the same story on every machine."""
    agents: dict[str, list[DemoAgent]] = {}
    people: list[Person] = []
    sales: list[Sale] = []
    for plan in BRANCHES:
        agents[plan.code] = _agents(plan, scene, phones_from=sum(map(len, agents.values())))
        since = quiet_since(agents[plan.code], as_of=scene.as_of)
        here = registered_by_others(
            _people(plan, scene, agents[plan.code]), agents[plan.code], since=since
        )
        agents[plan.code] = _as_members(agents[plan.code], here)
        people += here
        teller = Teller(
            book=scene.rulebook,
            zone=scene.places[plan.regency].zone,
            as_of=scene.as_of,
            numbers=stream(f"payments of {plan.code}"),
        )
        for person in here:
            sales += [
                sale
                for sale in teller.history_of(person)
                if is_brought(sale, since=since, as_of=scene.as_of)
            ]
    people.sort(key=lambda person: (person.captured_at, person.id))
    return Story(agents=agents, people=people, sales=sales)


def _agents(plan: BranchPlan, scene: Scene, *, phones_from: int) -> list[DemoAgent]:
    many, _ = plan.at_scale(scene.scale)
    place = scene.places[plan.regency]
    return agents_of(plan, place, many=many, phones_from=phones_from, as_of=scene.as_of)


def _as_members(agents: list[DemoAgent], people: list[Person]) -> list[DemoAgent]:
    """Agents under the names of the members that they are themselves (R29)."""
    own = {person.agent: person for person in people if person.pattern.habit is Habit.AHEAD}
    return [
        replace(agent, name=own[agent.number].identity.full_name, member=own[agent.number].id)
        for agent in agents
    ]


def _people(plan: BranchPlan, scene: Scene, agents: list[DemoAgent]) -> list[Person]:
    _, members = plan.at_scale(scene.scale)
    place = scene.places[plan.regency]
    return people_of(plan, place, agents, members=members, as_of=scene.as_of)
