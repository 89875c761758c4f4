"""What agents changed of their members on the eve: one of each kind that an office looks at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from enrollment.models import ClosedReason, Member
from seeds.demo.agents import DemoAgent
from seeds.demo.draws import id_at, office_hour, stream
from seeds.demo.phones import form_of, open_phone
from seeds.demo.story import Story
from sync.services.envelope import parse_push
from sync.services.push import push

DAYS_SINCE_DEATH: Final = 3
MINUTES_BETWEEN: Final = 7


class Unexpected(RuntimeError):
    """An edit of the demonstration was answered otherwise than it must be: a bug."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sent:
    """One operation on a record, and the answer that it must get."""

    kind: str
    entity_id: UUID
    data: Mapping[str, Any]
    answer: str
    code: str | None = None
    base_rev: int | None = 1


def send_edits(story: Story, zones: Mapping[str, ZoneInfo], *, as_of: date) -> int:
    """The first agent of each branch corrects, closes, reopens and meets prospects by her phone.

    Returns how many operations that were. Raises Unexpected.
    """
    sent = 0
    for branch, agents in story.agents.items():
        numbers = stream(f"edits of {branch}")
        agent = agents[0]
        zone = zones[next(one.regency for one in story.people if one.agent == agent.number)]
        at = office_hour(as_of - timedelta(days=1), zone, numbers)
        wanted = [*_edits(agent, at, numbers), *_returns(agent, story, at, numbers)]
        phone = open_phone(agent.id, at, numbers)
        ops = [_op(one, seq, at, numbers) for seq, one in enumerate(wanted, start=1)]
        answers = push(phone, parse_push({"first_seq": 1, "ops": ops}), device_time=at, now=at)
        for one, answer in zip(wanted, answers.answers, strict=True):
            if (answer.body["result"], answer.body.get("code")) != (one.answer, one.code):
                raise Unexpected(f"{branch}: {one.kind} {answer.body['result']}")
        sent += len(ops)
    return sent


def _edits(agent: DemoAgent, at: datetime, numbers: Random) -> Iterator[Sent]:
    """On members who paid, one after the other; on one who has not, a doubt that was confirmed."""
    own = Member.objects.live().served_by(agent.id).order_by("pk")
    paid = own.filter(episode_no__gte=1)
    others = paid if agent.member is None else paid.exclude(pk=agent.member)
    for member_id, edit in zip(others.values_list("pk", flat=True), PAID_EDITS, strict=False):
        yield edit(member_id, at, numbers)
    for member in own.filter(episode_no=0, income_monthly__isnull=False)[:1]:
        yield _doubted(member)
    yield _prospect(agent, at, numbers)


def _moved(member_id: UUID, at: datetime, numbers: Random) -> Sent:
    del at, numbers
    said = {"rt": "009", "address_line": "Gang Contoh Baru"}
    data = {"group": "contact", "set": said}
    return Sent(kind="member.correct", entity_id=member_id, data=data, answer="applied")


def _change_request(member_id: UUID, at: datetime, numbers: Random) -> Sent:
    del at, numbers
    return Sent(
        kind="member.correct",
        entity_id=member_id,
        data={"group": "identity", "set": {"mother_maiden_name": "Ibu Contoh"}},
        answer="conflict",
        code="review_required",
    )


def _heirs(member_id: UUID, at: datetime, numbers: Random) -> Sent:
    del at, numbers
    heirs = [
        {"name": "Ani Contoh", "relation": "child", "birth_date": "2015-05-01"},
        {"name": "Wagiyem Contoh", "relation": "spouse"},
    ]
    return Sent(kind="heir.set", entity_id=member_id, data={"heirs": heirs}, answer="applied")


def _died(member_id: UUID, at: datetime, numbers: Random) -> Sent:
    del numbers
    on = (at.date() - timedelta(days=DAYS_SINCE_DEATH)).isoformat()
    data = {"reason": "deceased", "on": on}
    return Sent(kind="member.close", entity_id=member_id, data=data, answer="applied")


def _no_reminders(member_id: UUID, at: datetime, numbers: Random) -> Sent:
    asked_at = at.isoformat(timespec="milliseconds")
    data = {"member_id": str(member_id), "purposes": ["reminders"], "asked_at": asked_at}
    new_id = id_at(at, numbers)
    return Sent(kind="consent.withdraw", entity_id=new_id, data=data, answer="applied")


PAID_EDITS: Final = (_moved, _change_request, _heirs, _died, _no_reminders)


def _doubted(member: Member) -> Sent:
    """A birth date that differs from the NIK, confirmed from the card (R22)."""
    birth_date = member.birth_date + timedelta(days=1)
    data = {
        "group": "identity",
        "set": {"birth_date": birth_date.isoformat()},
        "soft_checks_confirmed": ["birth_differs"],
    }
    return Sent(kind="member.correct", entity_id=member.pk, data=data, answer="applied")


def _prospect(agent: DemoAgent, at: datetime, numbers: Random) -> Sent:
    data = {
        "name": "Bu Warung Contoh",
        "village_code": agent.villages[0],
        "ecosystem": "pasar",
        "occupation": "DES01",
        "outcome": "later",
        "next_on": (at.date() + timedelta(days=14)).isoformat(),
        "note": "menunggu panen",
    }
    new_id = id_at(at, numbers)
    return Sent(
        kind="prospect.record", entity_id=new_id, data=data, answer="applied", base_rev=None
    )


def _returns(agent: DemoAgent, story: Story, at: datetime, numbers: Random) -> Iterator[Sent]:
    """One who withdrew registers again: opened again under this agent (R20)."""
    left = Member.objects.filter(
        branch__offices__code=agent.office, closed_reason=ClosedReason.WITHDRAWN
    )
    gone = set(left.values_list("pk", flat=True))
    for person in [one for one in story.people if one.id in gone][:1]:
        yield Sent(
            kind="member.register",
            entity_id=id_at(at, numbers),
            data=form_of(person, at),
            answer="redirected",
            code="reopened",
            base_rev=None,
        )


def _op(one: Sent, seq: int, at: datetime, numbers: Random) -> dict[str, Any]:
    made_at = at - timedelta(minutes=MINUTES_BETWEEN * (20 - seq))
    op = {
        "seq": seq,
        "op_id": str(id_at(made_at, numbers)),
        "kind": one.kind,
        "v": 1,
        "entity_id": str(one.entity_id),
        "at": made_at.isoformat(timespec="milliseconds"),
        "data": dict(one.data),
    }
    return op if one.base_rev is None else op | {"base_rev": one.base_rev}
