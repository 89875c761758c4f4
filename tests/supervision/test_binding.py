"""Held money in the office: seen by age, bound by two persons where no rule decides (R10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse as url_of

from payments.errors import MemberNotEligible, MemberNotFound, SuspenseReleased
from payments.models import Correction, CorrectionKind, JournalEntry, Payment
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    effects_of,
    request_correction,
)
from perisai.errors import NotFound
from perisai.models import Device, Role, User
from perisai.privacy import mask
from supervision.services.money_today import suspended
from tests.factories.enrollment import EligibleAgentFactory
from tests.factories.payments import NOW, cared_for_member
from tests.factories.perisai import BranchFactory, DeviceFactory, UserFactory
from tests.payments.codes import breaks, code_of, hold, register
from tests.payments.ledger import balances, months_of
from tests.supervision.conftest import As
from tests.supervision.world import detail_url, list_url
from tests.sync.phones import phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_day")]
PAGE = "payments_payment"


@pytest.fixture
def device() -> Device:
    return DeviceFactory.create(agent=EligibleAgentFactory.create())


def supervisor_of(device: Device) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=device.agent.office.branch)


def finance() -> User:
    return UserFactory.create(role=Role.FINANCE)


def asked(payment: Payment, number: str, by: User) -> Correction:
    draft = CorrectionDraft(
        kind=CorrectionKind.BIND, reason="slip dan KTP", payment=payment, details={"number": number}
    )
    return request_correction(draft, by=by)


def shown(correction: Correction) -> list[tuple[int, int, int]]:
    """What the second person sees of the accounts."""
    return [(one.account, one.before, one.after) for one in effects_of(correction)]


def seen(browser: Any, held: str) -> str:
    text: str = browser.get(list_url(PAGE), {"held": held}).content.decode()
    return text


def test_p78_money_that_no_form_brought_for_thirty_days_is_a_persons_case(
    device: Device, as_user: As
) -> None:
    old = hold(
        code_of(device), 8_400, now=NOW - timedelta(days=31), paid_at=NOW - timedelta(days=31)
    )
    new = hold(code_of(device, months=3), 33_600)
    browser = as_user(supervisor_of(device))

    assert old.receipt_no in seen(browser, "person")
    assert new.receipt_no not in seen(browser, "person")
    assert new.receipt_no in seen(browser, "held")
    page = browser.get(detail_url(PAGE, old.pk)).content.decode()
    assert "pendaftaran belum diterima" in page
    found = suspended(now=NOW)
    assert (found.count, found.rupiah, found.for_a_person) == (2, 42_000, 1)


def test_supervisor_of_another_branch_sees_none_of_it(device: Device, as_user: As) -> None:
    payment = hold(code_of(device), 8_400)
    other = as_user(UserFactory.create(role=Role.SUPERVISOR, branch=BranchFactory.create()))

    assert payment.receipt_no not in seen(other, "held")
    with pytest.raises(NotFound):
        asked(payment, "", UserFactory.create(role=Role.SUPERVISOR, branch=BranchFactory.create()))


def test_two_persons_bind_a_form_that_was_captured_after_the_money(
    device: Device, as_user: As
) -> None:
    code = code_of(device)
    payment = hold(code, 8_400, paid_at=NOW - timedelta(hours=2))
    register(phone_of(device), code.code)
    supervisor = supervisor_of(device)

    url = url_of(f"admin:{PAGE}_act", args=[payment.pk, "ask-binding"])
    as_user(supervisor).post(url, {"number": "", "reason": "formulir ditulis ulang"})
    correction = Correction.objects.get()
    effects = [(2300, -8_400, 0), (2100, 0, -5_000), (2110, 0, -3_400)]
    assert shown(correction) == effects
    confirm_correction(correction.pk, by=finance(), now=NOW)
    correction.refresh_from_db()
    assert shown(correction) == effects

    payment.refresh_from_db()
    assert payment.paid_bill.code == code.code
    assert JournalEntry.objects.get(payment=payment, kind="release").correction == correction
    with pytest.raises(SuspenseReleased):
        asked(payment, "", supervisor)


def test_two_persons_name_the_member_where_no_form_came(device: Device) -> None:
    payment = hold(code_of(device), 8_400)
    member = cared_for_member(device.agent)

    correction = asked(payment, member.kpj, supervisor_of(device))
    confirm_correction(correction.pk, by=finance(), now=NOW)

    assert months_of(member) == ["2026-11"]
    assert balances()[2300] == 0
    assert breaks() == set()


def test_member_is_named_rightly_or_not_at_all(device: Device) -> None:
    payment = hold(code_of(device), 8_400)

    with pytest.raises(MemberNotFound):
        asked(payment, "", supervisor_of(device))
    with pytest.raises(MemberNotFound):
        asked(payment, cared_for_member().kpj, supervisor_of(device))


def test_draft_is_bound_by_nobody(device: Device) -> None:
    code = code_of(device)
    payment = hold(code, 8_400)
    register(phone_of(device), code.code, income_monthly=None)

    correction = asked(payment, "", supervisor_of(device))

    with pytest.raises(MemberNotEligible):
        confirm_correction(correction.pk, by=finance(), now=NOW)
    assert Correction.objects.get().decision == ""


def test_second_person_sees_for_whom_and_by_whose_word(device: Device, as_user: As) -> None:
    payment = hold(code_of(device), 8_400)
    member = cared_for_member(device.agent)
    correction = asked(payment, member.kpj, supervisor_of(device))

    page = as_user(finance()).get(detail_url("payments_correction", correction.pk))

    text = page.content.decode()
    assert str(member.pk) in text
    assert mask("kpj", member.kpj) in text
    assert device.agent.number in text


def test_form_that_came_meanwhile_has_the_first_word(device: Device) -> None:
    """Two persons named one member; the code's form, captured after the money, is another's."""
    code = code_of(device)
    payment = hold(code, 8_400, paid_at=NOW - timedelta(hours=2))
    named = cared_for_member(device.agent)
    correction = asked(payment, named.kpj, supervisor_of(device))
    register(phone_of(device), code.code)

    with pytest.raises(MemberNotFound):
        confirm_correction(correction.pk, by=finance(), now=NOW)

    payment.refresh_from_db()
    assert (payment.bill_id, balances()[2300]) == (None, -8_400)
    assert breaks() == set()


def test_money_that_became_credit_is_kept_no_more(device: Device, as_user: As) -> None:
    code = code_of(device)
    payment = hold(code, 8_400)
    browser = as_user(supervisor_of(device))
    assert "titipan" in state_of(browser, payment)

    register(phone_of(device), code.code, programmes=["JKK", "JKM", "JHT"])

    assert "saldo peserta" in state_of(browser, payment)


def state_of(browser: Any, payment: Payment) -> str:
    """The word of the payment's state in the list."""
    text: str = browser.get(list_url(PAGE)).content.decode()
    return text[text.index(payment.receipt_no) :]


def test_first_page_of_finance_leads_to_what_it_must_decide(device: Device, as_user: As) -> None:
    hold(code_of(device), 8_400, now=NOW - timedelta(days=31), paid_at=NOW - timedelta(days=31))
    hold(code_of(device), 8_400)
    browser = as_user(finance())

    page = browser.get("/admin/").content.decode()

    assert '?held=person">Titipan yang perlu diputuskan</a>: 1<' in page
