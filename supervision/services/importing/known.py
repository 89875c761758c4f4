"""What the lines of a file are compared with, read once: small enough to hand to a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enrollment.ages import AgeLimits
from enrollment.models import Occupation
from enrollment.nik import KnownRegions, NikPolicy
from enrollment.services.regions import known_regions
from enrollment.services.rules import age_limits, nik_policy
from perisai.models import Agent, AgentState, Branch, Office, User, Village
from supervision.services.scope import branches_visible_to


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAgent:
    """Who may be given members: the branch, and the first day that she could have any."""

    id: UUID
    branch_id: int
    appointed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that a line is judged by; `as_of` is the official day of the reading.

    Agents and offices by number and code, branches by code: only those of the user's scope.
    """

    as_of: date
    regions: KnownRegions
    ages: AgeLimits
    nik_policy: NikPolicy
    villages: frozenset[str]
    ecosystems: Mapping[str, str]
    agents: Mapping[str, KnownAgent]
    offices: Mapping[str, int]
    branches: Mapping[str, int]


def read_known(user: User, *, as_of: date) -> Known:
    """Five statements, whatever the size of the file."""
    branches = branches_visible_to(user)
    return Known(
        as_of=as_of,
        regions=known_regions(),
        ages=age_limits(),
        nik_policy=nik_policy(),
        villages=frozenset(Village.objects.values_list("code", flat=True)),
        ecosystems=dict(Occupation.objects.values_list("code", "ecosystem")),
        agents=_agents(user),
        offices=dict(Office.objects.filter(branch__in=branches).values_list("code", "pk")),
        branches=dict(Branch.objects.filter(pk__in=branches).values_list("code", "pk")),
    )


def _agents(user: User) -> dict[str, KnownAgent]:
    serving = Agent.objects.visible_to(user).exclude(state=AgentState.ENDED)
    rows = serving.values_list("number", "pk", "office__branch", "appointed_on")
    return {
        number: KnownAgent(id=pk, branch_id=branch, appointed_on=since)
        for number, pk, branch, since in rows
    }
