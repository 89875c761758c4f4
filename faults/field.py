"""Teams in the field: branches with a supervisor, agents who may register, members in books."""

from dataclasses import dataclass
from itertools import count
from typing import Final
from uuid import UUID

from benchmarks.stage import make_agent, make_eligible
from faults.stage import SINCE, make_members
from perisai.models import Agent, Office, Role, User
from sync.services import book

PASSWORD: Final = "sandi-lapangan-contoh"  # noqa: S105  of invented agents
TEAM: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One agent of a run, and the members that she begins with."""

    agent_id: UUID
    login: str
    members: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Agents of one branch, among whom their supervisor may move members."""

    supervisor: User
    agents: tuple[Agent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Everybody of a run."""

    teams: tuple[Team, ...]
    stations: tuple[Station, ...]


def make_field(name: str, *, first: int, phones: int, members_each: int) -> Field:
    """Put people in by hand; the numbers of members begin at `first`."""
    teams = [
        _team(f"{name}-{start:03}".upper(), agents=min(TEAM, phones - start), first=first + start)
        for start in range(0, phones, TEAM)
    ]
    agents = [agent for team in teams for agent in team.agents]
    people = make_members(agents, count(first), phones * members_each)
    stations = []
    for agent in agents:
        mine = frozenset(one.pk for one in people if one.agent_id == agent.pk)
        book.open_book(agent.pk)
        with book.recording() as changes:
            changes.put(agent.pk, "member", sorted(mine))
        stations.append(Station(agent_id=agent.pk, login=agent.number, members=mine))
    return Field(teams=tuple(teams), stations=tuple(stations))


def _team(name: str, *, agents: int, first: int) -> Team:
    head = make_agent(f"{name}-0")
    others = (_colleague(f"{name}-{number}", head.office) for number in range(1, agents))
    team = (head, *others)
    for number, agent in enumerate(team, start=first):
        agent.user.set_password(PASSWORD)
        agent.user.save(update_fields=["password"])
        make_eligible(agent, nik=_own_nik(number), kpj=f"7{number:010d}")
    supervisor = User.objects.create_user(
        f"{name}-pengawas", role=Role.SUPERVISOR, branch=head.office.branch
    )
    return Team(supervisor=supervisor, agents=team)


def _colleague(number: str, office: Office) -> Agent:
    user = User.objects.create_user(number, role=Role.AGENT)
    colleague: Agent = Agent.objects.create(
        number=number, user=user, office=office, name="Agen Uji", appointed_on=SINCE
    )
    return colleague


def _own_nik(number: int) -> str:
    return f"351514{number // 10_000_000:02d}0170{number % 10_000:04d}"
