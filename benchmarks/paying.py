"""Bills to pay, a counter to pay them at, and pgbench's script of the posting statements."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from django.utils import timezone

from benchmarks.stage import make_agent
from enrollment.cover import CoverKind
from enrollment.models import Assignment, Member, Sex
from payments.bill_code import draw_code
from payments.models import Bill, BillLine, PaymentPartner, PostAgent
from payments.services.idempotency import CLAIM_KEY
from payments.services.posting_statements import (
    INSERT_COVER_MONTHS,
    INSERT_JOURNAL,
    INSERT_PAYMENT,
    LOCK_BILL,
    LOCK_MEMBERS,
    LOOK,
    MOVE_MEMBERS,
)
from payments.tariff import Sector
from perisai.clock import official_date
from perisai.ids import new_id
from perisai.models import Agent, Role, User
from perisai.months import month_of
from perisai.privacy import blind_index
from perisai.registry import urgency_of
from perisai.services.messages import QUEUE
from sync.services.book import RAISE_BOOKS, open_book

CLIENTS: Final = 8
AGENTS: Final = 100
PARTNERS: Final = 16
OUTLETS: Final = 48  # so many that no terminal meets its own throttle
AMOUNT: Final = 16_800
PASSWORD: Final = "a benchmark's own words"  # noqa: S105  of a throw-away database
TERMINAL: Final = "BENCH-01"
# What tells pgbench's rows from those of the product: ids and codes counted, not drawn.
BARE_BILL: Final = "('01900000-0000-7000-8000-' || lpad(:i::text, 12, '0'))::uuid"
BARE_PAYMENT: Final = "('01910000-0000-7000-8000-' || lpad(:i::text, 12, '0'))::uuid"
BARE_CODE: Final = "('9900009' || lpad(:i::text, 9, '0'))"

# The limits that `perisai.deadlines` sets.
LIMITS: Final = (
    "SELECT set_config('lock_timeout', '3s', true), set_config('statement_timeout', '8s', true),"
    " set_config('idle_in_transaction_session_timeout', '10s', true),"
    " set_config('transaction_timeout', '25s', true),"
    " set_config('pgtrigger.ignore', '{}', true)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Counters of a partner, and agents whose members pay there."""

    outlets: tuple[PostAgent, ...]
    outlets_of_many_partners: tuple[PostAgent, ...]
    agents: tuple[Agent, ...]
    now: datetime

    @property
    def outlet(self) -> PostAgent:
        """The counter that needs no login."""
        return self.outlets[0]


def make_stage() -> Stage:
    """Outlets with a login each, a hundred agents with books."""
    partner = PaymentPartner.objects.create(code="bench", name="Mitra uji")
    outlets = tuple(_outlet(partner, number) for number in range(OUTLETS))
    many = tuple(_outlet(_partner(number), OUTLETS + number) for number in range(PARTNERS))
    agents = tuple(make_agent(f"BENCH-{number:04d}") for number in range(AGENTS))
    for agent in agents:
        open_book(agent.pk)
    return Stage(outlets=outlets, outlets_of_many_partners=many, agents=agents, now=timezone.now())


def _partner(number: int) -> PaymentPartner:
    return PaymentPartner.objects.create(code=f"bench-{number:02d}", name="Mitra uji")


def _outlet(partner: PaymentPartner, number: int) -> PostAgent:
    login = f"bench-{number:02d}"
    user = User.objects.create_user(login, role=Role.POST_AGENT, password=PASSWORD)
    return PostAgent.objects.create(user=user, partner=partner, outlet_code=login, name="Loket uji")


def pattern_of(code: str) -> UUID:
    """The member of a bill for one."""
    return BillLine.objects.values_list("member", flat=True).get(bill__code=code)


def make_bills(stage: Stage, *, count: int, is_bare: bool) -> list[str]:
    """Bills of one month each for as many new members, all on file; their codes."""
    made = list(_bills(stage, count=count, is_bare=is_bare))
    members = [member for member, _ in made]
    bills = [bill for _, bill in made]
    Member.objects.bulk_create(members, batch_size=1_000)
    today = official_date(stage.now)
    Assignment.objects.bulk_create(
        (Assignment(member=m, agent=m.agent, from_on=today) for m in members),
        batch_size=1_000,
    )
    Bill.objects.bulk_create(bills, batch_size=1_000)
    BillLine.objects.bulk_create(
        (_line(bill, member, stage) for member, bill in made), batch_size=1_000
    )
    return [bill.code for bill in bills]


def _bills(stage: Stage, *, count: int, is_bare: bool) -> Iterator[tuple[Member, Bill]]:
    first = 10_000_000_000 if is_bare else 20_000_000_000 + Member.objects.count()
    for number in range(count):
        agent = stage.agents[number % AGENTS]
        member = _member(agent, kpj=str(first + number), stage=stage)
        counted: dict[str, object] = {
            "pk": f"01900000-0000-7000-8000-{number:012d}",
            "code": f"9900009{number:09d}",
        }
        drawn: dict[str, object] = {"pk": new_id(), "code": draw_code()}
        yield (
            member,
            Bill(
                **(counted if is_bare else drawn),
                made_by_agent=agent,
                total=AMOUNT,
                payable=AMOUNT,
                member_count=1,
                line_count=1,
                expires_at=stage.now + timedelta(days=3),
                fingerprint=sha256(str(number).encode()).digest(),
                created_at=stage.now,
            ),
        )


def _member(agent: Agent, *, kpj: str, stage: Stage) -> Member:
    return Member(
        agent=agent,
        branch_id=agent.office.branch_id,
        nik=f"33000051119{kpj[-5:]}",
        nik_index=blind_index("nik", kpj),
        full_name="PESERTA UJI",
        birth_date=stage.now.date() - timedelta(days=12_000),
        sex=Sex.FEMALE,
        regency_code="3515",
        programmes=["JKK", "JKM"],
        income_monthly=900_000,
        kpj=kpj,
        registered_on=official_date(stage.now),
    )


def _line(bill: Bill, member: Member, stage: Stage) -> BillLine:
    return BillLine(
        bill=bill,
        member=member,
        month=month_of(official_date(stage.now)),
        jkk=10_000,
        jkm=6_800,
        jht=0,
        basis_episode=0,
        episode_no=1,
        kind=CoverKind.FIRST,
        base_income=1_000_000,
        sector=Sector.NON_TRANSPORT,
    )


def write_script(folder: Path, stage: Stage, *, per_client: int) -> Path:
    """The transaction of `payments.services.posting` for pgbench, each client on its own bills."""
    values = _values(stage)
    steps = (
        ("BEGIN", ""),
        (LIMITS, ""),
        (CLAIM_KEY, r"\gset key_"),
        (LOCK_BILL, ""),
        (LOCK_MEMBERS, r"\gset m_"),
        (LOOK, ""),
        (INSERT_PAYMENT, ""),
        (INSERT_COVER_MONTHS, ""),
        (MOVE_MEMBERS, ""),
        (INSERT_JOURNAL, ""),
        (QUEUE, ""),
        (RAISE_BOOKS, ""),
        ("COMMIT", ""),
    )
    lines = [r"\set n :n + 1", rf"\set i :client_id * {per_client} + :n - 1"]
    lines += [_bound(statement, values) + (ending or ";") for statement, ending in steps]
    script = folder / "posting.sql"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script


def _bound(statement: str, values: dict[str, str]) -> str:
    """A statement with pgbench's variables in place of the driver's parameters."""
    return re.sub(r"%\((\w+)\)s", lambda found: values[found[1]], statement.rstrip())


# Of money that is paid at a counter, not late.
_TERMS: Final = {
    "fee": "2500",
    "debit": "1100",
    "late_post": "false",
    "entry_kind": "'accept'",
    "correction": "NULL",
    "urgency": str(int(urgency_of("payment.posted"))),
}


def _values(stage: Stage) -> dict[str, str]:
    """What each parameter of the posting is for bill number `:i`."""
    today = official_date(stage.now)
    day, instant = f"'{today}'::date", f"'{stage.now.isoformat()}'::timestamptz"
    caller = f"'partner:{stage.outlet.partner_id}'"
    return {
        **dict.fromkeys(("caller", "actor"), caller),
        "operation": "'pay'",
        "key": "('bench-key-' || :i::text)",
        "alone": "('bench-alone-' || :i::text)",
        "fingerprint": f"sha256(convert_to('pay|' || {BARE_CODE} || '||{AMOUNT}', 'UTF8'))",
        "key_id": ":key_id::bigint",
        "partner": f"{stage.outlet.partner_id}::bigint",
        "outlet": f"{stage.outlet.pk}::bigint",
        "code": BARE_CODE,
        "bill": BARE_BILL,
        "most": "50",
        "since": f"'{(stage.now - timedelta(minutes=10)).isoformat()}'::timestamptz",
        "payment": BARE_PAYMENT,
        "kind": "'payment.posted'",
        "subject": BARE_PAYMENT,
        "receipt_no": "('KP' || lpad(:i::text, 14, '0'))",
        "channel": "'rest'",
        "reference": "('bench-' || :i::text)",
        "terminal": f"'{TERMINAL}'",
        "amount": f"{AMOUNT}::bigint",
        **_TERMS,
        "paid_at": instant,
        "posted_at": instant,
        "today": day,
        "settlement_date": day,
        "effective_on": day,
        "credited_on": f"'{month_of(today)}'::date",
        "agents": "ARRAY[:m_agent_id::uuid]",
        "entities": "ARRAY['member']",
        "ids": "ARRAY[:m_id::uuid]",
        "present": "ARRAY[true]",
        "reasons": "ARRAY['']",
        "intos": "ARRAY[NULL::uuid]",
    }
