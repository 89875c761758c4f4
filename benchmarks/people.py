"""Members of one agent, encrypted as the product does, put in by hand."""

from datetime import timedelta
from random import Random

from django.utils import timezone

from enrollment.models import (
    Assignment,
    Member,
    MemberOccupation,
    Occupation,
    PhoneOwner,
    Sex,
)
from perisai.clock import official_date
from perisai.ids import new_id
from perisai.models import Agent, Village
from perisai.privacy import blind_index
from seeds.demo.names import person_name


def make_members(agent: Agent, count: int, *, first: int = 0) -> list[Member]:
    """Complete members who never paid, in no book yet; their numbers begin at `first`."""
    village = Village.objects.order_by("code")[0]
    work = Occupation.objects.filter(transport_sector=False).order_by("code")[0]
    today = official_date(timezone.now())
    people = [_member(agent, village, number) for number in range(first, first + count)]
    for member in people:
        member.registered_on = today
    Member.objects.bulk_create(people, batch_size=1_000)
    Assignment.objects.bulk_create(
        (Assignment(member=one, agent=agent, from_on=today) for one in people), batch_size=1_000
    )
    MemberOccupation.objects.bulk_create(
        (MemberOccupation(member=one, occupation=work, is_main=True) for one in people),
        batch_size=1_000,
    )
    return people


def _member(agent: Agent, village: Village, number: int) -> Member:
    nik = f"330000511195{number:04d}"
    phone = f"+628120000{number:05d}"  # nobody's, whatever the number
    return Member(
        id=new_id(),
        agent=agent,
        branch_id=agent.office.branch_id,
        nik=nik,
        nik_index=blind_index("nik", nik),
        full_name=person_name(Sex.FEMALE, Random(number)),  # noqa: S311  invented people
        birth_date=timezone.now().date() - timedelta(days=12_000),
        sex=Sex.FEMALE,
        regency_code="3515",
        village=village,
        address_line=f"Dusun Uji {number}",
        phone=phone,
        phone_index=blind_index("phone", phone),
        phone_owner=PhoneOwner.SELF,
        programmes=["JKK", "JKM"],
        income_monthly=900_000 + 100_000 * (number % 7),
        kpj=f"3{number:010d}",
    )
