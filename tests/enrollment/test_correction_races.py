"""Corrections beside corrections and payments: both are kept, nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from enrollment.models import Member, MemberChange
from enrollment.operations import correct
from payments.services.checks import run_checks
from payments.services.outcomes import Posted
from payments.services.posting import pay
from sync.registry import Op
from tests.factories.enrollment import MemberFactory, in_book, member_op
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
)
from tests.factories.perisai import AgentFactory

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 8


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What the calls return, each on a connection of its own, begun together."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=30)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))


def member_of_an_agent() -> Member:
    return in_book(MemberFactory.create(number=1, agent=AgentFactory.create()))


def sends(op: Op) -> Callable[[], str]:
    return lambda: correct(op).word


def test_corrections_of_different_fields_are_both_kept() -> None:
    member = member_of_an_agent()
    fields = [("contact", {"rt": "009"}), ("work", {"income_monthly": 5_000_000})]
    ops = [
        member_op(member, "member.correct", {"group": group, "set": said}) for group, said in fields
    ]
    assert sorted(at_once([sends(op) for op in ops])) == ["applied", "merged"]
    member.refresh_from_db()
    assert (member.rt, member.income_monthly, member.rev) == ("009", 5_000_000, 3)
    changes = MemberChange.objects.order_by("rev").values_list("rev", "group")
    assert [rev for rev, _ in changes] == [2, 3]
    assert {group for _, group in changes} == {"contact", "work"}


def test_corrections_of_one_field_leave_a_change_each() -> None:
    member = member_of_an_agent()
    ops = [
        member_op(member, "member.correct", {"group": "contact", "set": {"rt": f"{number:03}"}})
        for number in range(10, 10 + SENDERS)
    ]
    words = at_once([sends(op) for op in ops])
    assert sorted(words) == ["applied"] + ["merged"] * (SENDERS - 1)
    member.refresh_from_db()
    assert member.rev == 1 + SENDERS
    last = MemberChange.objects.order_by("rev").reverse()[0]
    (winner,) = [op for op in ops if op.op_id == last.op_id]
    assert member.rt == winner.data["set"]["rt"]
    assert MemberChange.objects.count() == SENDERS


def test_two_members_corrected_to_one_nik_are_one_member_and_one_case() -> None:
    agent = AgentFactory.create()
    members = [in_book(MemberFactory.create(number=n, agent=agent)) for n in (1, 2)]
    nik = MemberFactory.build(number=3, agent=agent).nik
    said = {"group": "identity", "set": {"nik": nik}}
    ops = [member_op(member, "member.correct", said) for member in members]
    assert sorted(at_once([sends(op) for op in ops])) == ["applied", "conflict"]
    assert Member.objects.with_nik(nik).count() == 1
    assert MemberChange.objects.count() == 1


def test_a_correction_beside_a_payment_loses_neither() -> None:
    member = in_book(cared_for_member())
    command = command_for(bill_for(member), PostAgentFactory.create())
    op = member_op(member, "member.correct", {"group": "contact", "set": {"rt": "009"}})
    word, outcome = at_once([sends(op), lambda: pay(command, now=NOW)])
    assert (word, type(outcome)) == ("applied", Posted)
    member.refresh_from_db()
    assert (member.rt, member.rev) == ("009", 2)
    assert (member.paid_through, member.episode_no) == (date(2026, 11, 1), 1)
    assert [result.code for result in run_checks() if result.breaks] == []
