"""Branches, offices, agents, office logins and counters of the demonstration, with passwords."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from enrollment.models import AgentMembership, Member
from payments.models import Payer, PaymentPartner, PostAgent
from payments.tariff import PayerKind
from perisai.clock import official_zone
from perisai.models import (
    Agent,
    AgentVillage,
    Branch,
    Office,
    OfficeContract,
    Regency,
    Role,
    TotpDevice,
    User,
)
from perisai.privacy import blind_index
from seeds.demo.agents import DemoAgent
from seeds.demo.plan import BRANCHES, BranchPlan

CONTRACTS_FROM: Final = date(2022, 4, 1)
NOON: Final = time(12)
PARTNER_CODE: Final = "pospay"
PARTNER_NAME: Final = "Pospay (PT Pos Indonesia)"
NATIONAL: Final = "nasional"
SECOND_NATIONAL: Final = "nasional.dua"
FINANCE: Final = "keuangan"
SECOND_FINANCE: Final = "keuangan.dua"
NATIONAL_LOGINS: Final = (
    (NATIONAL, Role.NATIONAL),
    (SECOND_NATIONAL, Role.NATIONAL),
    (FINANCE, Role.FINANCE),
    (SECOND_FINANCE, Role.FINANCE),
    ("auditor", Role.AUDITOR),
)


class NoPasswords(ValueError):
    """The file of demonstration passwords is missing or incomplete; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Passwords:
    """The hashes of the three demonstration passwords.

    Each is hashed once: a hash takes a tenth of a second, and all logins of a kind have the same
    password anyway, told to everybody who looks at the demonstration. Equal hashes say no more.
    """

    supervisor: str
    agent: str
    post_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where a branch's payments are taken."""

    partner_id: int
    admin_fee: int
    outlet_id: int


def read_passwords(path: str) -> Passwords:
    """Hashes of the passwords in a file of NAME=value lines. Raises NoPasswords."""
    if not path:
        raise NoPasswords("set DEMO_PASSWORDS_FILE to a file with the demonstration's passwords")
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as fault:
        raise NoPasswords(f"DEMO_PASSWORDS_FILE cannot be read: {fault.strerror}") from fault
    said = dict(line.split("=", maxsplit=1) for line in lines if "=" in line)
    wanted = [f"{who}_PASSWORD" for who in ("SUPERVISOR", "AGENT", "POST_AGENT")]
    missing = [name for name in wanted if not said.get(name)]
    if missing:
        raise NoPasswords(f"DEMO_PASSWORDS_FILE has no {', '.join(missing)}")
    supervisor, agent, post_agent = (make_password(said[name]) for name in wanted)
    return Passwords(supervisor=supervisor, agent=agent, post_agent=post_agent)


def is_loaded() -> bool:
    """Whether the branches of the demonstration are there."""
    return Branch.objects.filter(code__in=[plan.code for plan in BRANCHES]).exists()


def open_branch(plan: BranchPlan, passwords: Passwords) -> Branch:
    """A branch with its offices, each with a group that pays together, and its supervisor."""
    branch = Branch.objects.create(code=plan.code, name=plan.name)
    branch.regencies.add(Regency.objects.get(code=plan.regency))
    offices = Office.objects.bulk_create(
        Office(code=office.code, name=office.name, kind=office.kind, branch=branch)
        for office in plan.offices
    )
    OfficeContract.objects.bulk_create(
        OfficeContract(office=office, number=f"PKS/{office.code}", valid_from=CONTRACTS_FROM)
        for office in offices
    )
    Payer.objects.bulk_create(
        Payer(
            kind=PayerKind.GROUP,
            name=f"Kelompok {office.name}",
            office=office,
            contract_from=CONTRACTS_FROM,
        )
        for office in offices
    )
    _login(plan.supervisor, Role.SUPERVISOR, passwords.supervisor, branch=branch).save()
    return branch


def open_national_logins(passwords: Passwords) -> None:
    """Two national officers and two of finance, since each confirms the other; an auditor."""
    for username, role in NATIONAL_LOGINS:
        _login(username, role, passwords.supervisor).save()


def install_apps(secret: str) -> None:
    """An authenticator app for each office login that has none, all with one secret.

    As with the passwords, it is told to everybody who looks at the demonstration.
    """
    names = [*(plan.supervisor for plan in BRANCHES), *(name for name, _ in NATIONAL_LOGINS)]
    users = User.objects.filter(username__in=names)
    TotpDevice.objects.bulk_create(
        TotpDevice(user=user, secret=secret, confirmed_at=timezone.now(), last_step=1)
        for user in users.exclude(pk__in=TotpDevice.objects.values("user"))
    )


def appoint_agents(agents: Iterable[DemoAgent], passwords: Passwords) -> None:
    """Agents with logins and villages, as `perisai.services.agents` appoints them one by one."""
    drafts = list(agents)
    users = [_login(draft.number, Role.AGENT, passwords.agent) for draft in drafts]
    User.objects.bulk_create(users)
    office_of = dict(Office.objects.values_list("code", "pk"))
    Agent.objects.bulk_create(
        Agent(
            id=draft.id,
            number=draft.number,
            user=user,
            office_id=office_of[draft.office],
            name=draft.name,
            phone=draft.phone,
            phone_index=blind_index("phone", draft.phone),
            appointed_on=draft.appointed_on,
            created_at=datetime.combine(draft.appointed_on, NOON, tzinfo=official_zone()),
        )
        for draft, user in zip(drafts, users, strict=True)
    )
    AgentVillage.objects.bulk_create(
        AgentVillage(agent_id=draft.id, village_id=village)
        for draft in drafts
        for village in draft.villages
    )


def name_memberships(agents: Iterable[DemoAgent]) -> None:
    """Which members the agents are themselves (R29), once these are written."""
    own = {draft.member: draft.id for draft in agents if draft.member is not None}
    joined_on = Member.objects.filter(pk__in=own).values_list("pk", "registered_on")
    AgentMembership.objects.bulk_create(
        AgentMembership(agent_id=own[member], member_id=member, from_on=from_on)
        for member, from_on in joined_on
    )


def open_counter(plan: BranchPlan, passwords: Passwords) -> Counter:
    """The branch's counter of the partner; the partner is opened with the first one."""
    partner, _ = PaymentPartner.objects.get_or_create(
        code=PARTNER_CODE, defaults={"name": PARTNER_NAME}
    )
    user = _login(plan.outlet.code, Role.POST_AGENT, passwords.post_agent)
    user.save()
    outlet = PostAgent.objects.create(
        user=user,
        partner=partner,
        outlet_code=plan.outlet.code,
        name=plan.outlet.name,
        branch=Branch.objects.get(code=plan.code),
    )
    return Counter(partner_id=partner.pk, admin_fee=partner.admin_fee, outlet_id=outlet.pk)


def _login(username: str, role: Role, password: str, *, branch: Branch | None = None) -> User:
    return User(
        username=username,
        role=role,
        branch=branch,
        password=password,
        is_staff=role in User.OFFICE_ROLES,
    )
