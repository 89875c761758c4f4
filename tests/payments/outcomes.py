"""The table of outcomes as a counter meets it: each cell, and how to get there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import pytest
import time_machine
from django.db import OperationalError
from django.test import override_settings

from enrollment.models import Member
from payments.api import pospay
from payments.models import Bill, Payment, ReversalReason
from payments.services.outcomes import Busy, Recorded, Unknown
from payments.services.reversal import ReverseCommand, reverse
from perisai.models import DeviceToken, Role
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
    partner_maker,
    taker,
)
from tests.factories.perisai import UserFactory
from tests.fixtures import Caller
from tests.payments.counters import INQUIRIES, PAYMENTS, Counter, new_key, notice

UNKNOWN_KPJ: Final = "26110000017"
UNKNOWN_CODE: Final = "9900009000000003"
Provoke = Callable[[Counter, pytest.MonkeyPatch], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One row of the table, its column REST."""

    code: str
    status: int
    retry: str
    provoke: Provoke
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.code


def quoted(counter: Counter, **columns: Any) -> dict[str, Any]:
    """A bill that this counter asked for."""
    found: dict[str, Any] = counter.inquire(kpj=cared_for_member(**columns).kpj).json()
    return found


def asked_about(**columns: Any) -> Provoke:
    """An inquiry about such a member."""
    return lambda counter, _: counter.inquire(kpj=cared_for_member(**columns).kpj)


def asked(**body: Any) -> Provoke:
    """An inquiry with such a body."""
    return lambda counter, _: counter.inquire(**body)


def paid_with(**changes: Any) -> Provoke:
    """The right payment but for some members; None leaves one out."""

    def provoke(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
        body = notice(quoted(counter)) | changes
        return counter.pay({name: value for name, value in body.items() if value is not None})

    return provoke


def keyed(key: str) -> Provoke:
    """The right payment under such a key; an empty one sends none."""
    return lambda counter, _: counter.pay(notice(quoted(counter)), key)


def raw(body: str, content_type: str = "application/json") -> Provoke:
    """Such bytes, sent for an inquiry."""
    return lambda counter, _: counter.generic("POST", INQUIRIES, body, content_type=content_type)


def answered_by_service(answer: object) -> Provoke:
    """The service answers so, or fails so."""

    def provoke(counter: Counter, patch: pytest.MonkeyPatch) -> Any:
        def served(*_: Any, **__: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        body = notice(quoted(counter))
        counter.raise_request_exception = False
        with patch.context() as patched:
            patched.setattr(pospay, "pay", served)
            return counter.pay(body)

    return provoke


def ended_token(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    DeviceToken.objects.filter(user=counter.outlet.user).update(expiry=NOW - timedelta(seconds=1))
    return counter.inquire(kpj=UNKNOWN_KPJ)


def without_token(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    counter.credentials(HTTP_ACCEPT_LANGUAGE=counter.language)
    return counter.inquire(kpj=UNKNOWN_KPJ)


def wrong_password(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    body = {"username": counter.outlet.user.username, "password": "salah", "terminal_id": "T"}
    return counter.post("/api/v1/pospay/login", body)


def partner_off(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    counter.outlet.partner.is_active = False
    counter.outlet.partner.save(update_fields=["is_active"])
    return counter.inquire(kpj=UNKNOWN_KPJ)


def partner_pays(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    user = UserFactory.create(role=Role.PARTNER)
    PostAgentFactory.create(user=user, partner=counter.outlet.partner, outlet_code="")
    token, _ends = issue_terminal_token(user, "KANTOR")
    own = Caller(token)
    return own.post(PAYMENTS, {}, headers={"Accept-Language": counter.language})


def paid_bill(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    bill = quoted(counter)
    counter.pay(notice(bill))
    return counter.pay(notice(bill))


def late(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    bill = quoted(counter)
    with time_machine.travel(NOW + timedelta(hours=72, seconds=1), tick=False):
        token, _ends = issue_terminal_token(counter.outlet.user, "T-02")
        counter.speak(token)
        return counter.pay(notice(bill, paid_at=(NOW + timedelta(hours=72)).isoformat()))


def cancelled(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    bill = quoted(counter)
    Bill.objects.filter(code=bill["bill_code"]).update(cancelled_at=NOW)
    return counter.pay(notice(bill))


def stale(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    member = cared_for_member()
    bill = bill_for(member, maker=partner_maker(counter.outlet))
    Member.objects.filter(pk=member.pk).update(
        paid_through=date(2026, 10, 1), episode_no=1, episode_started_on=date(2026, 10, 5)
    )
    return counter.pay(notice({"bill_code": bill.code, "payable": bill.payable}))


def taken_back(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    payment = paid(cared_for_member(), counter.outlet)
    Payment.objects.filter(pk=payment.pk).update(reversed_at=NOW)
    return counter.pay(notice({"bill_code": payment.paid_bill.code, "payable": payment.amount}))


def reversed_before(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    body = notice(quoted(counter))
    early = ReverseCommand(
        taker=taker(counter.outlet),
        key=new_key(),
        target=body["reference"],
        reason=ReversalReason.TIMEOUT,
    )
    assert isinstance(reverse(early, now=NOW), Recorded)
    return counter.pay(body)


def reverse_at(counter: Counter, payment: Payment) -> Any:
    """The counter takes a payment back over HTTP."""
    body = {"reference": payment.reference, "reason": "wrong_member"}
    headers = {"Idempotency-Key": new_key()}
    return counter.post("/api/v1/pospay/reversals", body, headers=headers)


def reversed_late(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    payment = paid(cared_for_member(), counter.outlet)
    with time_machine.travel(NOW.replace(hour=15), tick=False):
        return reverse_at(counter, payment)


def reversed_out_of_order(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    member = cared_for_member()
    first = paid(member, counter.outlet)
    paid(member, counter.outlet)
    return reverse_at(counter, first)


def reversed_after_death(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    member = cared_for_member()
    payment = paid(member, counter.outlet)
    Member.objects.filter(pk=member.pk).update(
        closed_on=date(2026, 11, 20), closed_reason="deceased"
    )
    return reverse_at(counter, payment)


def repeated(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    member = cared_for_member()
    paid(member, counter.outlet)
    return counter.pay(notice(counter.inquire(kpj=member.kpj).json()))


def reused_key(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    key = new_key()
    counter.pay(notice(quoted(counter)), key)
    return counter.pay(notice(quoted(counter)), key)


def reused_reference(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    body = notice(quoted(counter))
    counter.pay(body)
    return counter.pay(notice(quoted(counter), reference=body["reference"]))


def closed(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    with override_settings(COUNTERS_CLOSED=True):
        return counter.inquire(kpj=UNKNOWN_KPJ)


def too_often(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    return [counter.inquire(kpj=UNKNOWN_KPJ) for _ in range(7)][-1]


def four_months(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    return counter.inquire(kpj=cared_for_member().kpj, months=4)


def put(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    return counter.put(PAYMENTS, {})


def wants_text(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    return counter.get(f"{PAYMENTS}?reference=x", headers={"Accept": "text/csv"})


def foreign_cursor(counter: Counter, _patch: pytest.MonkeyPatch) -> Any:
    day = "from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"
    return counter.get(f"{PAYMENTS}?{day}&cursor=asing")


def read(address: str) -> Provoke:
    """A GET below pospay/."""
    return lambda counter, _: counter.get(f"/api/v1/pospay/{address}")


def cell(
    code: str, status: int, retry: str, provoke: Provoke, headers: dict[str, str] | None = None
) -> Outcome:
    """One row, in the order of the table's columns."""
    return Outcome(code=code, status=status, retry=retry, provoke=provoke, headers=headers or {})


OUTCOMES: Final = [
    cell("bad_json", 400, "never", raw("{")),
    cell("idempotency_key_missing", 400, "never", keyed("")),
    cell("idempotency_key_invalid", 400, "never", keyed("pendek")),
    cell("cursor_invalid", 400, "never", foreign_cursor),
    cell("missing_field", 422, "never", paid_with(paid_at=None)),
    cell("invalid_field", 422, "never", paid_with(amount="8400")),
    cell("unknown_field", 422, "never", paid_with(status="posted")),
    cell("months_not_allowed", 422, "never", four_months),
    cell("payload_too_large", 413, "never", raw('"' + "x" * 65_536 + '"')),
    cell("unsupported_encoding", 415, "never", raw("<a/>", "application/xml")),
    cell("unauthenticated", 401, "never", without_token, {"WWW-Authenticate": "Token"}),
    cell("token_expired", 401, "never", ended_token, {"WWW-Authenticate": "Token"}),
    cell("invalid_credentials", 401, "never", wrong_password, {"WWW-Authenticate": "Token"}),
    cell("forbidden", 403, "never", partner_pays),
    cell("partner_suspended", 403, "never", partner_off),
    cell("member_not_found", 404, "never", asked(kpj=UNKNOWN_KPJ)),
    cell("bill_not_found", 404, "never", asked(bill_code=UNKNOWN_CODE)),
    cell("payment_not_found", 404, "never", read("payments?reference=tidak-ada")),
    cell("not_found", 404, "never", read("tidak-ada")),
    cell("method_not_allowed", 405, "never", put),
    cell("not_acceptable", 406, "never", wants_text),
    cell(
        "member_closed",
        409,
        "never",
        asked_about(closed_on=date(2026, 11, 10), closed_reason="deceased"),
    ),
    cell("member_not_eligible", 409, "never", asked_about(income_monthly=None)),
    cell("age_not_allowed", 409, "never", asked_about(birth_date=date(1950, 1, 1))),
    cell("jkk_jkm_required", 409, "never", asked_about(programmes=["JKK"])),
    cell("jht_required", 409, "never", asked_about(employs_others=True)),
    cell(
        "too_far_ahead",
        409,
        "never",
        lambda counter, _: counter.inquire(
            kpj=cared_for_member(
                paid_through=date(2027, 6, 1), episode_started_on=date(2026, 1, 5)
            ).kpj,
            months=12,
        ),
    ),
    cell("already_paid", 409, "ask_status", paid_bill),
    cell("bill_expired", 409, "new_key", late),
    cell("bill_cancelled", 409, "new_key", cancelled),
    cell("bill_stale", 409, "new_key", stale),
    cell("bill_reversed", 409, "new_key", taken_back),
    cell("reversed_before_posting", 409, "new_key", reversed_before),
    cell("amount_mismatch", 422, "never", paid_with(amount=1)),
    cell("repeat_needs_confirmation", 409, "new_key", repeated),
    cell("key_reused", 422, "never", reused_key),
    cell("reference_reused", 409, "never", reused_reference),
    cell("in_progress", 409, "same_key", answered_by_service(Busy()), {"Retry-After": "3"}),
    cell("reversal_window_closed", 409, "never", reversed_late),
    cell("reversal_blocked_by_later_payment", 409, "never", reversed_out_of_order),
    cell("reversal_blocked_by_claim", 409, "never", reversed_after_death),
    cell("closed", 503, "same_key", closed, {"Retry-After": "60"}),
    cell("rate_limited", 429, "same_key", too_often, {"Retry-After": "60"}),
    cell("internal", 500, "same_key", answered_by_service(RuntimeError("rahasia"))),
    cell(
        "unavailable",
        503,
        "same_key",
        answered_by_service(OperationalError("rahasia")),
        {"Retry-After": "5"},
    ),
    cell("outcome_unknown", 504, "ask_status", answered_by_service(Unknown())),
]
