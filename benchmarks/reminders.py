"""Reminders at a country's size: the plan of its largest regency, and the relay of what it queued.

The gateway answers at once, so that the relay's rate is what the product itself needs.
"""

import os
from collections.abc import Callable
from datetime import date, datetime, time
from time import perf_counter
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count
from django.test import override_settings
from django.utils import timezone

from benchmarks.country import UNLIMITED
from benchmarks.report import Figure, Report, spread
from benchmarks.stage import StatementCount
from config.local.services import Running
from enrollment.models import Consent, ConsentMethod, ConsentText, Member, Purpose
from enrollment.services.cover_days import cover_day
from perisai.backends import memory
from perisai.clock import official_zone
from perisai.models import OutboxMessage
from perisai.services.messages import relay_part
from retention.models import REMINDER, ReminderLine
from retention.services.reminders import Planned, plan_reminders
from seeds.national.bare import stripped
from seeds.national.load import load_national
from seeds.national.plan import NationalOrder

Say = Callable[[str], None]

MEMBERS: Final = 1_000_000
WORKERS: Final = 2
DUE: Final = 500
MONTH: Final = date(2026, 11, 1)
TEN: Final = time(10)
ROUNDS: Final = 5
RELAYED: Final = 400
"""Messages a round: twice what one task of the relay takes."""

AGREE: Final = """
    INSERT INTO enrollment_consent
        (id, member_id, purposes, text_version_id, language, method, agent_id, given_at)
    SELECT uuidv7(), id, %(purposes)s, %(version)s, 'id', %(method)s, agent_id, registered_on
    FROM enrollment_member
"""
SETTLE: Final = "VACUUM (ANALYZE) enrollment_member, enrollment_consent"
FORGET: Final = """
    TRUNCATE retention_reminder, retention_reminderrun, perisai_outboxmessage CASCADE
"""


def run(_running: Running, say: Say) -> Report:
    """The due date of a month, when most members owe something, at ten in the morning."""
    members = int(os.environ.get("SIZE", MEMBERS))
    day = cover_day(MONTH).due_on
    order = NationalOrder(members=members, seed=1, due=DUE, as_of=day)
    load_national(order, workers=WORKERS, say=lambda text: say(f"reminders: {text}"))
    _agree()
    at_ten = datetime.combine(day, TEN, tzinfo=official_zone())
    with override_settings(DEMO_NOW=at_ten, NOTIFY_BACKEND="memory"):
        figures = (*_plan(at_ten, say), *_relay(say))
    return Report(
        name="reminders",
        title=f"Reminders in a country of {members:,} members",
        conditions=(
            f"Due date of a month, {ROUNDS} plans of the largest regency, then {ROUNDS} times "
            f"{RELAYED} of its messages by one relay; everybody with a phone has agreed; the "
            "gateway is a list in memory. Each message left once, to who has a line of the plan."
        ),
        figures=figures,
    )


def _agree() -> None:
    """Everybody to everything, in the newest Indonesian words; then as tables that lay a while."""
    text = ConsentText.objects.filter(language="id").order_by("-valid_from")[0]
    values = {
        "purposes": [Purpose.REGISTRATION.value, Purpose.REMINDERS.value],
        "version": text.pk,
        "method": ConsentMethod.THUMBPRINT.value,
    }
    with transaction.atomic(), stripped((Consent,), say=lambda _line: None):
        _execute(UNLIMITED)
        _execute(AGREE, values)
    _execute(SETTLE)


def _plan(now: datetime, say: Say) -> tuple[Figure, ...]:
    by_size = Member.objects.live().values("regency_code").annotate(many=Count("pk"))
    largest = by_size.order_by("-many")[0]
    code = largest["regency_code"]
    _planned(code, now)  # warms caches
    rates, statements, planned = [], 0, Planned(reminders=0, members=0)
    for _ in range(ROUNDS):
        _execute(FORGET)
        started = perf_counter()
        with StatementCount() as count:
            planned = _planned(code, now)
        rates.append(planned.reminders / (perf_counter() - started))
        statements = count.statements
    say(f"reminders: {planned.reminders:,} planned in {statements} statements")
    return (
        Figure(
            name=f"messages planned, of {largest['many']:,} members of the regency",
            value=f"{planned.reminders:,} for {planned.members:,} members",
        ),
        Figure(name="the plan: messages", value=spread(rates, "/s")),
        Figure(name="the plan: statements, for any number", value=f"{statements}"),
    )


def _planned(code: str, now: datetime) -> Planned:
    planned = plan_reminders(code, now=now)
    if OutboxMessage.objects.filter(kind=REMINDER).count() < ROUNDS * RELAYED:
        raise RuntimeError(f"only {planned.reminders} messages were planned; a larger SIZE")
    return planned


def _relay(say: Say) -> tuple[Figure, ...]:
    """What the last plan queued, by one relay."""
    memory.sent.clear()
    rates = []
    for _ in range(ROUNDS):
        started = perf_counter()
        with StatementCount() as count:
            sent = relay_part(timezone.now(), limit=RELAYED).sent
        rates.append(sent / (perf_counter() - started))
    _must_have_sent(ROUNDS * RELAYED)
    say(f"reminders: {len(memory.sent):,} relayed")
    return (
        Figure(name="the relay: messages", value=spread(rates, "/s")),
        Figure(name="the relay: statements per message", value=f"{count.statements / RELAYED:.3g}"),
    )


def _must_have_sent(many: int) -> None:
    """So many, no reference twice, to phones of which each has a line of the plan."""
    references = {int(reference) for reference, _ in memory.sent}
    noted = OutboxMessage.objects.filter(pk__in=references, sent_at__isnull=False)
    told = ReminderLine.objects.filter(reminder__in=noted.values("subject_id"))
    if not len(memory.sent) == len(references) == noted.count() == many:
        raise RuntimeError(f"{len(memory.sent)} of {many} messages left")
    if told.values("reminder").distinct().count() != many:
        raise RuntimeError("a message left for a reminder without a line")


def _execute(statement: str, values: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
