"""Branches, offices and agents of an invented country, in proportion to its members."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from enrollment.nik import Sex
from perisai.models import (
    Agent,
    AgentVillage,
    Branch,
    Office,
    OfficeContract,
    OfficeKind,
    Role,
    User,
)
from perisai.months import add_calendar_months
from perisai.privacy import blind_index
from seeds.demo.names import person_name
from seeds.national.people import AGENT_LINES, BITS, MEMBER_LINES, Keeper, id_of, phone_of
from seeds.national.plan import AGENTS_PER_BRANCH, AGENTS_PER_OFFICE, Book, NationalOrder

APPOINTED_MONTHS_AGO: Final = 60
BATCH: Final = 2_000
KINDS: Final = tuple(OfficeKind)
NATIONAL: Final = "benchmark.nasional"
SECOND_NATIONAL: Final = "benchmark.nasional.dua"


def open_country(
    books: Sequence[Book], order: NationalOrder, regencies: Mapping[str, str], first_kpj: int
) -> list[Keeper]:
    """Agents with all that stands above them, none with a password; who keeps which book."""
    branches = _branches(books, regencies)
    offices = _offices(books, order, branches)
    agents = _agents(books, order, offices)
    return [
        Keeper(
            agent=agent.pk,
            branch=branches[number // AGENTS_PER_BRANCH].pk,
            first_kpj=first_kpj,
            regencies={code: regencies[code].upper() for code in _regencies(books[number])},
        )
        for number, agent in enumerate(agents)
    ]


def national_logins() -> tuple[User, User]:
    """Two officers, since a second one confirms what the first one brought."""
    first = User.objects.create_user(NATIONAL, role=Role.NATIONAL)
    return first, User.objects.create_user(SECOND_NATIONAL, role=Role.NATIONAL)


def _regencies(book: Book) -> list[str]:
    return sorted({share.village[:4] for share in book.shares})


def _branches(books: Sequence[Book], regencies: Mapping[str, str]) -> list[Branch]:
    """Each with its regencies and a supervisor; a regency on the border has two."""
    groups = [
        books[start : start + AGENTS_PER_BRANCH]
        for start in range(0, len(books), AGENTS_PER_BRANCH)
    ]
    branches = Branch.objects.bulk_create(
        Branch(code=f"N{place:04}", name=f"Cabang {regencies[_regencies(group[0])[0]]}")
        for place, group in enumerate(groups, start=1)
    )
    Branch.regencies.through.objects.bulk_create(
        Branch.regencies.through(branch_id=branch.pk, regency_id=code)
        for branch, group in zip(branches, groups, strict=True)
        for code in sorted({code for book in group for code in _regencies(book)})
    )
    User.objects.bulk_create(
        _login(f"pengawas.{branch.code.lower()}", Role.SUPERVISOR, branch=branch)
        for branch in branches
    )
    return branches


def _offices(
    books: Sequence[Book], order: NationalOrder, branches: Sequence[Branch]
) -> list[Office]:
    """One for a dozen agents; no office has agents of two branches."""
    rooms = [
        (branch, 1 + start // AGENTS_PER_OFFICE, min(AGENTS_PER_OFFICE, agents - start))
        for place, branch in enumerate(branches)
        for agents in [min(AGENTS_PER_BRANCH, len(books) - place * AGENTS_PER_BRANCH)]
        for start in range(0, agents, AGENTS_PER_OFFICE)
    ]
    offices = Office.objects.bulk_create(
        Office(
            code=f"WDH-{branch.code}-{number:02}",
            name=f"Wadah {branch.code} {number}",
            kind=KINDS[number % len(KINDS)],
            branch=branch,
        )
        for branch, number, _ in rooms
    )
    begun = add_calendar_months(order.as_of, -APPOINTED_MONTHS_AGO)
    OfficeContract.objects.bulk_create(
        OfficeContract(office=office, number=f"PKS/{office.code}", valid_from=begun)
        for office in offices
    )
    return [
        office for office, (_, _, agents) in zip(offices, rooms, strict=True) for _ in range(agents)
    ]


def _agents(books: Sequence[Book], order: NationalOrder, offices: Sequence[Office]) -> list[Agent]:
    """One for each book, and the villages of her members."""
    draw = Random(f"national agents {order.seed}")  # noqa: S311  nothing secret is drawn
    begun = add_calendar_months(order.as_of, -APPOINTED_MONTHS_AGO)
    numbers = [f"PRS-{_regencies(book)[0]}-{book.agent + 1:05}" for book in books]
    users = User.objects.bulk_create(
        [_login(number, Role.AGENT) for number in numbers], batch_size=BATCH
    )
    agents = []
    for book, user, office in zip(books, users, offices, strict=True):
        phone = phone_of(book.agent, first_line=MEMBER_LINES, lines=AGENT_LINES)
        agents.append(
            Agent(
                id=id_of(book.agent, begun, draw.getrandbits(BITS)),
                number=user.username,
                user=user,
                office=office,
                name=person_name(draw.choice((Sex.FEMALE, Sex.MALE)), draw),
                phone=phone,
                phone_index=blind_index("phone", phone),
                appointed_on=begun,
            )
        )
    Agent.objects.bulk_create(agents, batch_size=BATCH)
    AgentVillage.objects.bulk_create(
        (
            AgentVillage(agent=agent, village_id=share.village)
            for book, agent in zip(books, agents, strict=True)
            for share in book.shares
        ),
        batch_size=BATCH,
    )
    return agents


def _login(username: str, role: Role, *, branch: Branch | None = None) -> User:
    user = User(username=username, role=role, branch=branch, is_staff=role in User.OFFICE_ROLES)
    user.set_unusable_password()
    return user
