"""A sponsor's contact hears that its term ends, once for each alert (R34)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from payments.models import Payer, PayerContact
from perisai.backends import memory
from perisai.models import OutboxMessage
from perisai.services.messages import relay
from retention.models import SPONSOR_ENDING
from retention.services.sponsor_cliffs import raise_sponsor_alerts
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import MemberPayerFactory, PayerFactory

pytestmark = pytest.mark.django_db
SIXTY, THIRTY = date(2026, 11, 1), date(2026, 12, 1)
PHONE = "+6281200007009"


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    memory.sent.clear()


@pytest.fixture
def payer() -> Payer:
    """A district's budget for this year, with two members and a contact."""
    payer = PayerFactory.create(name="Dana Daerah Contoh", contract_to=date(2026, 12, 31))
    for _ in range(2):
        member = MemberFactory.create(paid_through=date(2026, 12, 1))
        MemberPayerFactory.create(member=member, payer=payer)
    PayerContact.objects.create(payer=payer, name="Bu Wagiyem Contoh", phone=PHONE)
    return payer


def leave(day: date, hour: int = 9) -> int:
    """Let the relay run at an hour of Jakarta."""
    with time_machine.travel(f"{day.isoformat()}T{hour:02}:00:00+07:00", tick=False):
        raise_sponsor_alerts(as_of=day)
        OutboxMessage.objects.waiting().filter(due_at__gt=timezone.now()).update(
            due_at=timezone.now() - timedelta(seconds=1)
        )
        return relay(timezone.now(), limit=10)


def test_the_contact_is_told_once_on_each_of_both_days(payer: Payer) -> None:
    assert [leave(SIXTY), leave(SIXTY), leave(THIRTY), leave(THIRTY)] == [1, 0, 1, 0]
    (_reference, said), _again = memory.sent
    assert (said.phone_e164, said.template) == (PHONE, "sponsor_ending")
    assert said.text == (
        "Masa iuran 2 peserta yang dibayar Dana Daerah Contoh berakhir 31 Desember 2026."
        " Perpanjang sebelum hari itu supaya perlindungan mereka tidak terputus."
    )
    assert dict(said.parameters) == {
        "payer": payer.name,
        "count": "2",
        "day": "31 Desember 2026",
    }


def test_nobody_is_told_without_a_contact_and_it_is_no_dead_letter(payer: Payer) -> None:
    PayerContact.objects.all().delete()
    assert leave(SIXTY) == 0
    assert OutboxMessage.objects.get(kind=SPONSOR_ENDING).given_up_at is not None
    assert not OutboxMessage.objects.dead().exists()


def test_nobody_is_told_of_a_term_that_goes_on(payer: Payer) -> None:
    raise_sponsor_alerts(as_of=SIXTY)
    Payer.objects.filter(pk=payer.pk).update(contract_to=date(2027, 12, 31))
    assert leave(SIXTY) == 0
    assert memory.sent == []


def test_nobody_is_told_at_night(payer: Payer) -> None:
    assert leave(SIXTY, hour=21) == 0
    assert OutboxMessage.objects.waiting().get().attempts == 0
    assert leave(SIXTY, hour=9) == 1
