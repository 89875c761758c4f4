"""A sponsor in each branch whose term ends soon: who is named, and what was paid (R34)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from enrollment.models import AgentMembership, Member
from enrollment.nik import Sex
from payments.models import MemberPayer, Payer, PayerContact
from payments.tariff import PayerKind
from perisai.models import Office
from perisai.months import add_months, month_of, months_between
from retention.due import due_days
from seeds.demo.agents import DemoAgent
from seeds.demo.draws import id_at, stream
from seeds.demo.money_cases import Till, till_of
from seeds.demo.names import person_name
from seeds.demo.plan import BRANCHES

MOST_SPONSORED: Final = 12
MONTHS_OF_A_TERM: Final = 6
BESIDE: Final = timedelta(hours=4)
"""When the other cases of the counter's day are over; their keys are below the next number."""

# Numbers of 0812 0000 xxxx are nobody's; members and agents have others.
CONTACTS: Final = "+62812000071"
KEYS_FROM: Final = 500
TITLE: Final = "Iuran peserta rentan, tahap terakhir"


def sponsor(agents: Mapping[str, list[DemoAgent]], *, as_of: date) -> int:
    """On the eve the second agent's members who owe this month are paid for to the term's end.

    Returns for how many.
    """
    return sum(_pay_for(till_of(plan, agents[plan.code][1], as_of=as_of)) for plan in BRANCHES)


def _pay_for(till: Till) -> int:
    eve = till.now.date()
    ends_on = due_days(eve).sponsored_until
    months = months_between(add_months(month_of(eve), -1), ends_on)
    members = _owing(till, eve)
    payer = Payer.objects.create(
        kind=PayerKind.APBD,
        name=f"Anggaran daerah percobaan {till.plan.code}",
        office=Office.objects.get(code=till.agent.office),
        contract_from=add_months(month_of(ends_on), 1 - MONTHS_OF_A_TERM),
        contract_to=ends_on,
    )
    _name_contact(payer, till)
    MemberPayer.objects.bulk_create(MemberPayer(member_id=one, payer=payer) for one in members)
    if members and months:
        till.now, till.turn = till.now + BESIDE, KEYS_FROM
        till.pay(till.bill(*members, months=months, title=TITLE))
    return len(members)


def _name_contact(payer: Payer, till: Till) -> None:
    numbers = stream(f"sponsor of {till.plan.code}")
    PayerContact.objects.create(
        id=id_at(till.now, numbers),
        payer=payer,
        name=person_name(Sex.FEMALE, numbers),
        phone=f"{CONTACTS}{BRANCHES.index(till.plan):02}",
    )


def _owing(till: Till, eve: date) -> list[UUID]:
    """Whom nobody else pays for, paid through the month before."""
    payable = Member.objects.live().served_by(till.agent.id)
    owing = payable.filter(paid_through=add_months(month_of(eve), -1))
    agents = AgentMembership.objects.values("member")
    alone = owing.exclude(pk__in=agents).exclude(pk__in=MemberPayer.objects.values("member"))
    return list(alone.order_by("pk").values_list("pk", flat=True)[:MOST_SPONSORED])
