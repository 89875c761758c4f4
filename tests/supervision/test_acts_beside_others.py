"""Acts on what somebody else holds: told on the form, and done when it is sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.db import connection
from django.urls import reverse

from payments.models import CancelReason, PostAgent
from perisai import deadlines
from perisai.models import Role, User
from tests.factories.payments import bill_for, office_maker
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, make_corner

pytestmark = pytest.mark.django_db(transaction=True)
REASON: Final = {"reason": "pembayaran janggal hari ini"}


@contextmanager
def held(table: str, key: Any) -> Iterator[None]:
    """A row that another session has locked until the block ends."""
    session = connection.copy()
    session.set_autocommit(False)
    try:
        with session.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [key])  # noqa: S608  a name of the test
            assert cursor.rowcount == 1
        yield
    finally:
        session.rollback()
        session.close()


@pytest.fixture
def corner(db: None, business_day: None) -> Corner:
    """A branch that other sessions see, too."""
    return make_corner()


def people(corner: Corner) -> dict[str, User]:
    """Who does what below."""
    return {
        "supervisor": corner.supervisor,
        "finance": UserFactory.create(role=Role.FINANCE),
        "national": UserFactory.create(role=Role.NATIONAL),
    }


@pytest.mark.parametrize(
    ("page", "act", "doer", "form", "table"),
    [
        ("payments_postagent", "close", "supervisor", REASON, "payments_postagent"),
        ("payments_partnerchange", "confirm", "national", {}, "payments_partnerchange"),
        ("payments_correction", "confirm", "finance", {}, "payments_correction"),
        ("payments_correction", "confirm", "finance", {}, "enrollment_member"),
        ("payments_bill", "cancel", "supervisor", {"reason": CancelReason.MISTAKE}, None),
    ],
)
def test_act_that_waits_too_long_says_so_and_may_be_sent_again(  # noqa: PLR0913, PLR0917  fixtures and a row
    page: str,
    act: str,
    doer: str,
    form: dict[str, Any],
    table: str | None,
    corner: Corner,
    as_user: As,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "LOCK_SECONDS", 0.2)
    record: Any = corner.records()[page]
    if page == "payments_bill":
        record = bill_for(corner.member, maker=office_maker())
    key = record.pk
    if table == "enrollment_member":
        key = record.payment.paid_bill.lines.get().member_id
    browser = as_user(people(corner)[doer])
    url = reverse(f"admin:{page}_act", args=[record.pk, act])

    with held(table or page, key):
        waited = browser.post(url, form)
        in_english = browser.post(url, form, HTTP_ACCEPT_LANGUAGE="en")
    sent_again = browser.post(url, form)

    assert [waited.status_code, in_english.status_code] == [409, 409]
    assert "Sedang dikerjakan orang lain." in waited.content.decode()
    assert "Somebody else is working on it." in in_english.content.decode()
    assert sent_again.status_code == 302, sent_again.content.decode()


def test_any_other_fault_of_the_database_is_no_matter_of_the_form(
    corner: Corner, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(1)")

    monkeypatch.setattr("supervision.admin.counters.close_counter", broken)
    browser = as_user(corner.supervisor)
    browser.raise_request_exception = False

    answer = browser.post(
        reverse("admin:payments_postagent_act", args=[corner.outlet.pk, "close"]), REASON
    )

    assert answer.status_code == 500
    assert PostAgent.objects.get(pk=corner.outlet.pk).is_active
