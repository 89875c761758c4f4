"""No personal datum in a log, URL, task, cache key, error, representation or outbox row.

There are no metric labels yet; a tap for them belongs here with the first one.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import structlog
from django.core.cache import cache
from django.test import Client

from enrollment.models import Member
from enrollment.services.erasure import erase_member
from perisai import clock, tasks
from perisai.ids import new_id
from perisai.models import ErasureReason, OutboxMessage, Role
from perisai.months import month_of
from perisai.tasks import relay_messages
from retention.tasks import remind, remind_regency, sweep, sweep_regency, tell_of_sponsors
from sync.models import CaseState, Conflict
from tests.factories.enrollment import MemberFactory, cared_for, invented_nik, registration_data
from tests.factories.payments import NOW, MemberPayerFactory, PayerFactory, bill_for
from tests.factories.perisai import PASSWORD, OfficeFactory, UserFactory, login_body
from tests.fixtures import Caller
from tests.payments.counters import Counter
from tests.security.taps import SINKS, Taps, tapped
from tests.security.test_erasure import NOTE, SAID, SECRETS, attempt
from tests.supervision.entering import open_office
from tests.sync.phones import Phone, op, registering_phone

pytestmark = pytest.mark.django_db

WRONG = "salah-sekali"
BAD_NIK = "3515149999991234"
CONTACT, CONTACTS_PHONE = "Wigatinama", "081200007019"


def sent_by(phone: Phone) -> Member:
    """Registered, visited, refused: as a phone tells it."""
    data = registration_data(1, **SAID)
    data["consent"] |= {"method": "spoken_witnessed", "witness": "Saksinama"}
    (result,) = phone.push(op(1, "member.register", data=data))
    assert result["result"] == "applied", result
    member = cared_for().get()
    phone.push(
        attempt(2, member.pk),
        attempt(3, new_id()),
        op(4, "member.register", data=registration_data(1, **SAID)),
        op(5, "member.register", data=registration_data(2, **(SAID | {"nik": BAD_NIK}))),
        op(6, "nonsense.kind", data={"full_name": SAID["full_name"]}),
    )
    phone.pull()
    search: Any = phone.client.post("/api/v1/members/search", {"name": "WIRADARMA"})
    assert search.status_code == 200
    phone.client.post("/api/v1/members/search", {"nik": BAD_NIK})
    assert phone.client.get(f"/api/v1/members/{member.pk}").status_code == 200
    phone.client.post("/api/v1/auth/login", login_body(phone.device.agent, password=WRONG))
    return member


def paid_at_a_counter(member: Member) -> None:
    """Asked for by number, refused, paid, and asked for by what is no number."""
    counter = Counter()
    counter.inquire(kpj=member.kpj)
    counter.inquire(nik=member.nik)
    counter.inquire(nik=BAD_NIK)
    counter.inquire(full_name=SAID["full_name"])
    bill = bill_for(member)
    counter.pay({"bill_code": bill.code, "amount": bill.payable + 1, "phone": SAID["phone"]})


def looked_at_by_the_office(member: Member) -> None:
    """Lists, the member's page, a page that is not there, a search, a failed login."""
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)
    browser = Client(raise_request_exception=False)
    open_office(browser, supervisor)
    assert browser.get("/admin/enrollment/member/").status_code == 200
    assert browser.get(f"/admin/enrollment/member/{member.pk}/change/").status_code == 200
    browser.get(f"/admin/enrollment/member/{new_id()}/change/")
    browser.post("/admin/enrollment/member/", {"q": SAID["full_name"], "nik": member.nik})
    browser.get("/admin/sync/conflict/")
    sponsor_gets_a_contact(browser, member)
    Client().post("/admin/login/", {"username": SAID["email"], "password": PASSWORD})


def sponsor_gets_a_contact(browser: Client, member: Member) -> None:
    """Somebody else's sponsor, whose term ends and whose contact is told of it."""
    ends_on = clock.today() + timedelta(days=20)
    office = OfficeFactory.create(branch=member.branch)
    payer = PayerFactory.create(office=office, contract_to=ends_on)
    other = MemberFactory.create(paid_through=month_of(ends_on))
    MemberPayerFactory.create(member=other, payer=payer)
    form = f"/admin/payments/payer/{payer.pk}/act/contact/"
    assert browser.post(form, {"name": CONTACT, "phone": CONTACTS_PHONE}).status_code == 302


def worked_on_by_the_night(member: Member) -> None:
    """Sweep, reminders, messages, purges."""
    sweep.delay()
    sweep_regency(member.regency_code, "2026-11-20")
    remind.delay()
    remind_regency(member.regency_code)
    tell_of_sponsors()
    relay_messages()
    tasks.purge_class("attempts")
    tasks.purge_class.delay("attempts")


def story(phone: Phone) -> set[str]:
    """All of it; what names the person."""
    member = sent_by(phone)
    secrets = SECRETS | {member.nik, BAD_NIK, invented_nik(2), PASSWORD, phone.client.token, NOTE}
    secrets |= {CONTACT, CONTACTS_PHONE, "+6281200007019"}
    secrets |= {WRONG, "081298765432", "+6281298765432", "Endangsari", member.full_name}
    paid_at_a_counter(member)
    looked_at_by_the_office(member)
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 8, 1), episode_no=1)
    worked_on_by_the_night(member)
    Conflict.objects.filter(state=CaseState.OPEN).update(
        state=CaseState.REFUSED, decided_by=UserFactory.create(), decided_at=NOW
    )
    later = NOW.replace(month=12, day=28)
    erase_member(member.pk, by=None, reason=ErasureReason.REQUEST, request_id=None, now=later)
    return secrets


def test_no_pii_in_sinks(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = registering_phone()
    with tapped(monkeypatch) as taps:
        secrets = story(phone)
        taps.read_rows()
    silent = {sink for sink in SINKS if not "".join(taps.heard[sink]).strip()}
    assert silent <= {"outbox"}
    assert taps.leaks(secrets) == set()


def test_no_pii_in_rows_before_an_erasure(monkeypatch: pytest.MonkeyPatch) -> None:
    with tapped(monkeypatch) as taps:
        member = sent_by(registering_phone())
        taps.read_rows()
    assert taps.leaks(SECRETS | {member.nik, member.full_name}) == set()


def leak(sink: str, secret: str) -> None:
    """Let a secret run into one sink, as a mistake would."""
    ways: dict[str, Callable[[], object]] = {
        "log": lambda: structlog.get_logger("perisai").warning("somebody_came", person=secret),
        "url": lambda: Caller().get(f"/api/v1/members/{secret}"),
        "task": lambda: tasks.purge_class.delay(secret),
        "cache key": lambda: cache.set(f"person:{secret}", 1, 1),
        "error": lambda: Client().get(f"/nowhere/{secret}"),
        "repr": lambda: UserFactory.create(username=secret),
        "outbox": lambda: OutboxMessage.objects.create(kind=secret[:40], subject_id=new_id()),
    }
    ways[sink]()


@pytest.mark.parametrize("sink", [sink for sink in SINKS if sink != "error"])
def test_planted_leak_is_found_in(sink: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with tapped(monkeypatch) as taps:
        leak(sink, "WIRADARMA")
        taps.read_rows()
    assert (sink, "WIRADARMA") in taps.leaks({"WIRADARMA"})


def test_planted_leak_is_found_in_an_error() -> None:
    taps = Taps()
    taps.hear("error", '{"detail": "Wiradarma tidak dikenal"}')
    assert taps.leaks({"WIRADARMA", "SULASTRINING"}) == {("error", "WIRADARMA")}
