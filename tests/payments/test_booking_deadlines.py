"""Every transaction that books a partner's money ends before reports call its time complete."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from payments.models import CorrectionKind, Payment
from payments.services.corrections import CorrectionDraft, confirm_correction, request_correction
from payments.services.late_posting import post_late
from payments.services.posting import pay
from payments.services.suspense import retry_suspense
from perisai.deadlines import LONGEST_SECONDS
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
)
from tests.payments.late import LATER, ask_release, booked, confirm, finance, notice_of

pytestmark = pytest.mark.django_db(transaction=True)

BOOKS = re.compile(r'INSERT INTO "?payments_(payment|journalentry|reversal)"?\s', re.IGNORECASE)


@contextmanager
def limits_of_bookings() -> Iterator[list[str]]:
    """How long the transaction may last of each statement that books."""
    limits: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's signature
        if BOOKS.search(sql):
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('transaction_timeout')")
                limits.extend(row[0] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield limits


def a_payment() -> Callable[[], object]:
    """At a counter."""
    command = command_for(bill_for(cared_for_member()), PostAgentFactory.create())
    return lambda: pay(command, now=NOW)


def late_money() -> Callable[[], object]:
    """By a file."""
    notice = notice_of(PaymentPartnerFactory.create(), bill_for(cared_for_member()).code, 8_400)
    return lambda: post_late(notice, now=LATER)


def money_whose_owner_came() -> Callable[[], object]:
    """At night."""
    member = cared_for_member(income_monthly=None)
    booked(notice_of(PaymentPartnerFactory.create(), member.kpj, 8_400))
    member.income_monthly = 900_000
    member.save(update_fields=["income_monthly"])
    return lambda: retry_suspense(lambda: LATER)


def a_release() -> Callable[[], object]:
    """By two persons."""
    late = booked(notice_of(PaymentPartnerFactory.create(), "", 8_400))
    correction = ask_release(late, cared_for_member().kpj)
    return lambda: confirm(correction)


def a_reversal() -> Callable[[], object]:
    """By two persons."""
    paid(cared_for_member(), PostAgentFactory.create())
    draft = CorrectionDraft(
        kind=CorrectionKind.REVERSAL, reason="peserta yang salah", payment=Payment.objects.get()
    )
    correction = request_correction(draft, by=finance())
    return lambda: confirm_correction(correction.pk, by=finance(), now=LATER)


@pytest.mark.parametrize(
    "prepare", [a_payment, late_money, money_whose_owner_came, a_release, a_reversal]
)
def test_what_books_is_limited_as_a_whole(prepare: Callable[[], Callable[[], object]]) -> None:
    book = prepare()

    with limits_of_bookings() as limits:
        book()

    assert set(limits) == {f"{LONGEST_SECONDS}s"}
