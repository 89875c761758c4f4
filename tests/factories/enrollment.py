"""The informal worker. People are invented; their NIKs name a district that does not exist."""

from datetime import date

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from enrollment.kpj import FIRST_IN_SEQUENCE, provisional_kpj
from enrollment.models import Member
from enrollment.nik import Sex
from perisai.privacy import blind_index
from tests.factories.perisai import BranchFactory

SERIALS = 9_999


def invented_nik(number: int) -> str:
    """A NIK like no other: a man born in January 1990 in district 99 of Sidoarjo."""
    day, serial = divmod(number, SERIALS)
    return f"351599{day + 1:02}0190{serial + 1:04}"


class MemberFactory(DjangoModelFactory[Member]):
    """A member without agent and address who never paid."""

    class Meta:
        model = Member

    branch = SubFactory(BranchFactory)
    nik = Sequence(invented_nik)
    nik_index = LazyAttribute(lambda member: blind_index("nik", member.nik))
    full_name = "Budi Contoh"
    birth_date = date(1990, 1, 1)
    sex = Sex.MALE
    regency_code = "3515"
    income_monthly = 1_000_000
    programmes = LazyAttribute(lambda _: ["JKK", "JKM"])
    kpj = Sequence(lambda number: provisional_kpj(FIRST_IN_SEQUENCE + number))
    registered_on = date(2024, 1, 2)
    # The columns move together: who has paid through a month is in an episode.
    episode_no = LazyAttribute(lambda member: 1 if member.paid_through else 0)
    paid_through: date | None = None
