"""What a dearer month is, as a line of a reminder and as agents are told of it (R35)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from payments.services.rates import rate_book
from retention.services.price_changes import price_changes
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory
from tests.factories.retention import ReminderLineFactory
from tests.retention.reminded import who_agreed
from tests.retention.test_price_notices import DAY, JANUARY, ojek


@pytest.mark.django_db
def test_a_rise_says_from_when_and_by_how_much() -> None:
    columns: dict[str, Any] = {"member": who_agreed(), "why": "price_change"}
    rise: dict[str, Any] = {
        "price_month": JANUARY,
        "price_was": 8_400,
        "price_becomes": 16_800,
    }
    wrongs: list[dict[str, Any]] = [{"price_becomes": 8_400}, *({name: None} for name in rise)]
    for wrong in wrongs:
        with pytest.raises(IntegrityError, match="price_change_says"), transaction.atomic():
            ReminderLineFactory.create(**columns | rise | wrong)
    with pytest.raises(IntegrityError, match="price_change_says"), transaction.atomic():
        ReminderLineFactory.create(**columns | rise | {"why": "grace_1"})
    ReminderLineFactory.create(**columns | rise)


@pytest.mark.django_db
def test_what_an_agent_is_told_of_her_members() -> None:
    farmer, driver = MemberFactory.create(paid_through=date(2026, 10, 1)), ojek()
    paid_for = MemberFactory.create(paid_through=date(2026, 10, 1))
    MemberPayerFactory.create(member=paid_for, payer=PayerFactory.create())
    ids = [farmer.pk, driver.pk, paid_for.pk]
    rate_book()
    with CaptureQueriesContext(connection) as statements:
        found = price_changes(ids, as_of=DAY)
    assert len(statements) == 2
    assert {key: (step.month, step.was, step.becomes) for key, step in found.items()} == {
        farmer.pk: (JANUARY, 8_400, 16_800)
    }
    assert price_changes(ids, as_of=DAY - timedelta(days=1)) == {}
