"""The informal worker. People are invented; their NIKs have serials from 9900 on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from factory.declarations import LazyAttribute, RelatedFactory, Sequence, SubFactory
from factory.django import DjangoModelFactory

from enrollment.kpj import FIRST_IN_SEQUENCE, provisional_kpj
from enrollment.models import (
    AgentMembership,
    Assignment,
    Consent,
    ConsentMethod,
    Ecosystem,
    HandOverProposal,
    Member,
    MemberOccupation,
    PhoneOwner,
    Purpose,
)
from enrollment.models.member import MemberQuerySet
from enrollment.nik import Sex
from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import blind_index, name_words
from sync.registry import Op
from sync.services import book
from tests.factories.perisai import AgentFactory, BranchFactory, DeviceFactory, UserFactory

SERIALS = 100
FIRST_SERIAL = 9_900
OLDEST = date(1980, 1, 1)
FIRST_NUMBER = 10_000  # a test that names its people has the numbers before
VILLAGES = {"3515": "3515142001", "1671": "1671011001", "8271": "8271011001"}
CAPTURED_AT = datetime(2026, 11, 18, 9, 15, tzinfo=ZoneInfo("Asia/Jakarta"))
FARMER = "DES01"


def born_on(number: int) -> date:
    """The birth date of the person of a number: a hundred people on each day."""
    return OLDEST + timedelta(days=number // SERIALS)


def invented_nik(number: int) -> str:
    """The NIK of the man of a number, of the district of Sukodono in Sidoarjo."""
    return f"351514{born_on(number):%d%m%y}{FIRST_SERIAL + number % SERIALS}"


class MemberOccupationFactory(DjangoModelFactory[MemberOccupation]):
    """A farmer, in the main."""

    class Meta:
        model = MemberOccupation

    occupation_id = FARMER
    is_main = True


class MemberFactory(DjangoModelFactory[Member]):
    """A farmer of Sidoarjo with all that R24 asks for, who never paid; no agent unless given."""

    class Meta:
        model = Member
        skip_postgeneration_save = True

    class Params:
        number = Sequence(lambda number: FIRST_NUMBER + number)

    agent: Agent | None = None
    branch = LazyAttribute(
        lambda member: member.agent.office.branch if member.agent else BranchFactory.create()
    )
    nik = LazyAttribute(lambda member: invented_nik(member.number))
    nik_index = LazyAttribute(lambda member: blind_index("nik", member.nik))
    full_name = "Budi Contoh"
    name_words = LazyAttribute(
        lambda member: name_words(member.full_name, regency_code=member.regency_code)
    )
    birth_date = LazyAttribute(lambda member: born_on(member.number))
    sex = Sex.MALE
    regency_code = "3515"
    village_id = LazyAttribute(lambda member: VILLAGES.get(member.regency_code))
    address_line = "Dusun Contoh"
    rt = "003"
    rw = "001"
    phone: str | None = "+6281234567890"
    phone_index = LazyAttribute(
        lambda member: blind_index("phone", member.phone) if member.phone else None
    )
    phone_owner = PhoneOwner.SELF
    ecosystem = Ecosystem.DESA
    income_monthly = 1_000_000
    programmes = LazyAttribute(lambda _: ["JKK", "JKM"])
    kpj = LazyAttribute(lambda member: provisional_kpj(FIRST_IN_SEQUENCE + 10**8 + member.number))
    registered_on = date(2024, 1, 2)
    # The columns move together: who has paid through a month is in an episode.
    episode_no = LazyAttribute(lambda member: 1 if member.paid_through else 0)
    paid_through: date | None = None
    occupation = RelatedFactory(MemberOccupationFactory, factory_related_name="member")


class AgentMembershipFactory(DjangoModelFactory[AgentMembership]):
    """An agent's own membership since 2024, paid far ahead; the agent is to be named."""

    class Meta:
        model = AgentMembership

    member = SubFactory(MemberFactory, paid_through=date(2099, 12, 1), phone="+6281111110000")
    from_on = date(2024, 1, 2)


class HandOverProposalFactory(DjangoModelFactory[HandOverProposal]):
    """All members of an agent, two of them, to another one of her office; waits for a word."""

    class Meta:
        model = HandOverProposal

    from_agent = SubFactory(AgentFactory)
    to_agent = LazyAttribute(lambda one: AgentFactory.create(office=one.from_agent.office))
    reason = "Agen lama pindah ke kota lain"
    member_count = 2
    proposed_by = SubFactory(UserFactory)


class EligibleAgentFactory(AgentFactory):
    """An agent whose registrations count (R29): she is a member herself, in another branch."""

    class Meta:
        model = Agent
        skip_postgeneration_save = True

    membership = RelatedFactory(AgentMembershipFactory, factory_related_name="agent")


def cared_for() -> MemberQuerySet:
    """Members, but for those that agents are themselves."""
    return Member.objects.exclude(pk__in=AgentMembership.objects.values("member"))


class ConsentFactory(DjangoModelFactory[Consent]):
    """A thumbprint under registration and reminders; member and agent are to be named."""

    class Meta:
        model = Consent

    purposes = LazyAttribute(lambda _: [Purpose.REGISTRATION, Purpose.REMINDERS])
    text_version_id = "2026-09-id"
    language = "id"
    method = ConsentMethod.THUMBPRINT
    given_at = CAPTURED_AT


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """An agent's care of a member since 2024; both are to be named."""

    class Meta:
        model = Assignment

    from_on = date(2024, 1, 2)


def registration_data(number: int = 1, /, *, without: Iterable[str] = (), **said: Any) -> Any:
    """The data of `member.register` for the man of a number; `said` goes over its members."""
    data = {
        "nik": invented_nik(number),
        "full_name": "BUDI CONTOH",
        "birth_date": born_on(number).isoformat(),
        "sex": "male",
        "village_code": "3515142001",
        "address_line": "Dusun Contoh",
        "rt": "3",
        "rw": "001",
        "phone": "0812-3456-7890",
        "phone_owner": "self",
        "occupations": [{"code": FARMER, "is_main": True}],
        "income_monthly": 900_000,
        "programmes": ["JKM", "JKK"],
        "consent": consent_data(),
    }
    return {name: value for name, value in (data | said).items() if name not in without}


def consent_data(**said: Any) -> dict[str, Any]:
    """What somebody agreed to at a registration; `said` goes over its members."""
    return {
        "purposes": ["registration", "reminders"],
        "text_version": "2026-09-id",
        "language": "id",
        "method": "thumbprint",
        "given_at": "2026-11-18T09:12:00.000+07:00",
    } | said


def register_op(agent_id: UUID, data: Any, *, at: datetime = CAPTURED_AT, **members: Any) -> Op:
    """A form as the machinery hands it to its handler, received as soon as it was captured.

    `members` go over the operation's own, such as a decision.
    """
    op = Op(
        op_id=new_id(),
        kind="member.register",
        v=1,
        entity_id=new_id(),
        data=data,
        agent_id=agent_id,
        device_id=DeviceFactory.create(agent_id=agent_id).pk,
        made_at=at,
        adjusted_at=at,
        received_at=at,
    )
    return replace(op, **members)


def in_book(member: Member) -> Member:
    """The member, told to the book of its agent as every write does."""
    if member.agent_id is not None:
        with book.recording() as changes:
            changes.put(member.agent_id, "member", [member.pk])
    return member


def member_op(member: Member, kind: str, data: Any, **members: Any) -> Op:
    """An operation of the member's agent on the member, as the machinery hands it over."""
    if member.agent_id is None:
        raise ValueError("nobody looks after this member")
    made = {
        "op_id": new_id(),
        "kind": kind,
        "v": 1,
        "entity_id": member.pk,
        "data": data,
        "agent_id": member.agent_id,
        "made_at": CAPTURED_AT,
        "adjusted_at": CAPTURED_AT,
        "received_at": CAPTURED_AT,
        "base_rev": member.rev,
    } | members
    if "device_id" not in made:
        made["device_id"] = DeviceFactory.create(agent_id=made["agent_id"]).pk
    return Op(**made)
