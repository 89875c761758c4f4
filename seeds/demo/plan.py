"""How large the demonstration is and where it plays, after the programme's own first figures."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from perisai.models import OfficeKind

FEWEST_AGENTS: Final = 2
FEWEST_MEMBERS_PER_AGENT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePlan:
    """One wadah."""

    code: str
    name: str
    kind: OfficeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletPlan:
    """One counter of the payment partner; its code is the login."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPlan:
    """One branch with its share of the story. `trades`: occupation codes and their weights."""

    code: str
    name: str
    regency: str
    supervisor: str
    agents: int
    members: int
    offices: tuple[OfficePlan, ...]
    outlet: OutletPlan
    trades: tuple[tuple[str, int], ...]

    def at_scale(self, scale: float) -> tuple[int, int]:
        """How many agents and members at a scale: both shrink, agents by its root.

        Few agents with full books would show little; so would many agents with empty ones.
        """
        agents = max(FEWEST_AGENTS, round(self.agents * sqrt(scale)))
        return agents, max(FEWEST_MEMBERS_PER_AGENT * agents, round(self.members * scale))


# 44 agents brought 5,400 members (Bisnis.com, 2019-01-24).
PALEMBANG: Final = BranchPlan(
    code="PLG",
    name="Kantor Cabang Palembang",
    regency="1671",
    supervisor="siti.pengawas",
    agents=44,
    members=5_400,
    offices=(
        OfficePlan(code="WDH-1671-01", name="Koperasi Pasar Musi", kind=OfficeKind.COOPERATIVE),
        OfficePlan(code="WDH-1671-02", name="Yayasan Kampung Ampera", kind=OfficeKind.FOUNDATION),
        OfficePlan(
            code="WDH-1671-03", name="Paguyuban Ojek Sriwijaya", kind=OfficeKind.ASSOCIATION
        ),
    ),
    outlet=OutletPlan(code="60115-007", name="Kantor Pos Palembang"),
    trades=(
        ("PSR01", 9),
        ("PSR02", 10),
        ("PSR03", 6),
        ("PSR05", 7),
        ("PSR06", 4),
        ("PSR07", 5),
        ("PSR09", 6),
        ("PSR11", 2),
        ("PSR13", 2),
        ("ECO01", 9),
        ("ECO03", 5),
        ("ECO05", 4),
        ("RTN01", 6),
        ("RTN02", 3),
        ("RTN06", 2),
        ("RTN07", 3),
        ("UKM01", 5),
        ("UKM03", 3),
        ("UKM04", 5),
        ("UKM06", 3),
        ("UKM15", 1),
    ),
)
TERNATE: Final = BranchPlan(
    code="TTE",
    name="Kantor Cabang Ternate",
    regency="8271",
    supervisor="umar.pengawas",
    agents=12,
    members=900,
    offices=(
        OfficePlan(
            code="WDH-8271-01", name="Koperasi Nelayan Gamalama", kind=OfficeKind.COOPERATIVE
        ),
        OfficePlan(code="WDH-8271-02", name="CV Bahari Moti", kind=OfficeKind.CV),
    ),
    outlet=OutletPlan(code="97711-003", name="Kantor Pos Ternate"),
    trades=(
        ("DES12", 30),
        ("DES14", 14),
        ("DES19", 5),
        ("DES05", 16),
        ("DES01", 4),
        ("DES09", 3),
        ("RTN06", 9),
        ("RTN01", 6),
        ("PSR03", 6),
        ("PSR02", 4),
        ("UKM01", 3),
    ),
)
BRANCHES: Final = (PALEMBANG, TERNATE)
