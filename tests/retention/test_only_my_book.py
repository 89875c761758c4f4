"""What an agent sees is her book, by whichever call she asks."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from enrollment.models import Member
from enrollment.services.handover import hand_over
from perisai import clock
from perisai.models import Role
from tests.factories.enrollment import MemberFactory, in_book
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.sync.phones import Phone, phone_of
from tests.sync.photos import Photo

pytestmark = pytest.mark.django_db
LISTS = {
    "members": "/api/v1/members",
    "overdue members": "/api/v1/members?state=grace_2",
    "work list": "/api/v1/follow-ups",
}
SEARCH = "/api/v1/members/search"
BY_MEMBER = {"page", "member", *LISTS, "nik", "phone", "name"}


@pytest.fixture(autouse=True)
def _worked_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone() -> Phone:
    return phone_of(DeviceFactory.create(agent=AgentFactory.create()))


@pytest.fixture
def other(phone: Phone) -> Phone:
    """A colleague's phone."""
    colleague = AgentFactory.create(office=phone.device.agent.office)
    return phone_of(DeviceFactory.create(agent=colleague))


def overdue(phone: Phone, name: str) -> Member:
    """A member of the phone's agent who owes two months."""
    columns = {"full_name": name, "paid_through": date(2026, 8, 1)}
    return in_book(MemberFactory.create(agent=phone.device.agent, **columns))


def shows(phone: Phone, member: Member, card: Photo) -> set[str]:
    """The calls that show a member, or the file about her, to the phone's agent."""
    key, client = str(member.pk), phone.client
    phone.pull()
    seen = {"page": ("member", key) in phone.rows}
    seen["member"] = client.get(f"/api/v1/members/{key}").status_code == 200
    for name, path in LISTS.items():
        rows = client.get(path).json()["results"]
        seen[name] = key in {row.get("member_id", row.get("id")) for row in rows}
    wanted = {"nik": member.nik, "phone": str(member.phone), "name": member.full_name}
    for name, value in wanted.items():
        found = client.post(SEARCH, {name: value}).json()["results"]
        seen[name] = key in {row["id"] for row in found}
    answer = client.head(card.url)
    assert answer.status_code in {200, 404}
    seen["file"] = answer.status_code == 200
    return {name for name, is_seen in seen.items() if is_seen}


def test_p6_only_my_book(phone: Phone, other: Phone) -> None:
    hers, his = overdue(phone, "SITI CONTOH"), overdue(other, "BUDI CONTOH")
    card, other_card = Photo(about_id=hers.pk), Photo(about_id=his.pk)
    phone.push(card.declaration(1))
    other.push(other_card.declaration(1))

    assert shows(other, his, other_card) == {*BY_MEMBER, "file"}
    assert shows(phone, his, other_card) == set()

    by = UserFactory.create(role=Role.SUPERVISOR, branch=hers.branch)
    hand_over([hers.pk], to_agent=other.device.agent, by=by, reason="Pindah", now=clock.now())

    assert shows(phone, hers, other_card) == set()
    assert phone.rows == {}
    assert shows(other, hers, other_card) == {*BY_MEMBER, "file"}
    assert shows(other, hers, card) == BY_MEMBER
