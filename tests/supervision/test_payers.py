"""What the office does with payers and bills: it writes down, names, bills, cancels, bridges."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Member
from payments.models import Bill, Correction, CorrectionKind, MemberPayer, Payer, PayerContact
from perisai import clock
from perisai.models import Role, User
from perisai.models.tracked import version_model
from perisai.services.histories import changes_of
from sync.models import BookEntry
from tests.factories.payments import (
    MemberPayerFactory,
    PayerFactory,
    bill_for,
    cared_for_member,
    imported_member,
    office_maker,
)
from tests.factories.perisai import OfficeFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url

pytestmark = pytest.mark.django_db

PAYER = "payments_payer"
BILL = "payments_bill"
MEMBER = "enrollment_member"
REASON = "dana daerah terlambat cair"


def act(browser: Client, page: str, record: Any, name: str, /, **data: Any) -> Any:
    """Send an act's form."""
    return browser.post(reverse(f"admin:{page}_act", args=[record.pk, name]), data)


def sponsored(corner: Corner, payer: Payer, **columns: Any) -> Member:
    """Whom the payer pays for."""
    member = cared_for_member(corner.agent, **columns)
    MemberPayerFactory.create(member=member, payer=payer)
    return member


def national() -> User:
    """Somebody of the head office."""
    return UserFactory.create(role=Role.NATIONAL)


def test_payer_is_written_down_and_changed_with_a_history(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    said = {
        "office": corner.agent.office_id,
        "kind": "csr",
        "name": "Yayasan Contoh",
        "contract_from": "2026-01-01",
        "contract_to": "",
    }

    added = browser.post(reverse("admin:payments_payer_list_act", args=["add"]), said)

    payer = Payer.objects.get(name="Yayasan Contoh")
    assert added.headers["Location"] == detail_url(PAYER, payer.pk)
    assert (payer.kind, payer.office, payer.contract_to) == ("csr", corner.agent.office, None)
    changed = said | {"name": "Yayasan Lain", "contract_to": "2026-12-31"}
    assert act(browser, PAYER, payer, "edit", **changed).status_code == 302
    payer.refresh_from_db()
    assert (payer.name, payer.contract_to, payer.kind) == (
        "Yayasan Lain",
        date(2026, 12, 31),
        "csr",
    )
    assert [change.label for change in changes_of(payer)] == ["update", "insert"]


@pytest.mark.parametrize("name", ["add", "edit"])
def test_contract_that_ends_before_it_begins_is_refused(
    corner: Corner, as_user: As, name: str
) -> None:
    browser = as_user(corner.supervisor)
    said = {
        "office": corner.agent.office_id,
        "kind": "csr",
        "name": "Yayasan Contoh",
        "contract_from": "2026-12-31",
        "contract_to": "2026-01-01",
    }
    before = list(Payer.objects.values())
    url = (
        reverse("admin:payments_payer_list_act", args=["add"])
        if name == "add"
        else reverse("admin:payments_payer_act", args=[corner.sponsor.pk, name])
    )

    answer = browser.post(url, said)

    assert answer.status_code == 422
    assert "Hari terakhir mendahului hari pertama" in answer.content.decode()
    assert list(Payer.objects.values()) == before


def test_supervisor_writes_payers_of_his_own_offices_alone(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    said = {
        "office": OfficeFactory.create().pk,
        "kind": "csr",
        "name": "Yayasan Contoh",
        "contract_from": "2026-01-01",
    }

    answer = browser.post(reverse("admin:payments_payer_list_act", args=["add"]), said)

    assert answer.status_code == 422
    assert not Payer.objects.filter(name="Yayasan Contoh").exists()


def test_members_are_named_by_their_numbers(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    members = [cared_for_member(corner.agent, kpj=f"2611000{n:04d}") for n in range(2)]
    foreign = cared_for_member(kpj="26110009999")
    numbers = "\n".join(str(one.kpj) for one in (*members, foreign))

    answer = act(browser, PAYER, corner.sponsor, "members", numbers=numbers)

    assert answer.status_code == 302
    named = set(MemberPayer.objects.filter(payer=corner.sponsor).values_list("member", flat=True))
    assert named == {member.pk for member in members}
    told = BookEntry.objects.filter(book__agent=corner.agent, entity="member")
    assert named <= set(told.values_list("entity_id", flat=True))
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "2 dari 3 peserta kini dibayar oleh pembayar ini." in page


@pytest.mark.parametrize("numbers", ["123", "2611000001x", ""])
def test_odd_numbers_are_refused(corner: Corner, as_user: As, numbers: str) -> None:
    answer = act(as_user(corner.supervisor), PAYER, corner.sponsor, "members", numbers=numbers)

    assert answer.status_code == 422
    assert MemberPayer.objects.count() == 0


def test_one_member_gets_a_payer_and_pays_alone_again(corner: Corner, as_user: As) -> None:
    browser = as_user(national())
    elsewhere = PayerFactory.create()

    refused = act(browser, MEMBER, corner.member, "payer", payer=elsewhere.pk)
    named = act(browser, MEMBER, corner.member, "payer", payer=corner.sponsor.pk)
    page = browser.get(corner.detail_url(MEMBER)).content.decode()

    assert (refused.status_code, named.status_code) == (422, 302)
    assert corner.sponsor.name in page
    row = MemberPayer.objects.get(member=corner.member)
    assert act(browser, MEMBER, corner.member, "own-payer").status_code == 302
    assert MemberPayer.objects.count() == 0
    assert [change.label for change in changes_of(row)] == ["delete", "insert"]


def test_supervisor_bills_one_member(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    member = cared_for_member(corner.agent)

    answer = act(browser, MEMBER, member, "bill", months="3")

    bill = Bill.objects.get(made_by_user=corner.supervisor)
    assert answer.headers["Location"] == detail_url(BILL, bill.pk)
    assert (bill.line_count, bill.payable) == (3, 33_600)


def test_what_cannot_be_billed_is_said_on_the_form(corner: Corner, as_user: As) -> None:
    draft = cared_for_member(corner.agent, income_monthly=None)

    answer = act(as_user(corner.supervisor), MEMBER, draft, "bill", months="1")

    assert answer.status_code == 422
    assert "Data peserta belum lengkap" in answer.content.decode()
    assert not Bill.objects.filter(made_by_user__isnull=False).exists()


def test_supervisor_bills_all_whom_a_payer_pays_for(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    members = [sponsored(corner, corner.sponsor) for _ in range(3)]
    closed = sponsored(corner, corner.sponsor, closed_on=clock.today(), closed_reason="withdrawn")

    answer = act(browser, PAYER, corner.sponsor, "bill", months="2", title="Nelayan November")

    bill = Bill.objects.get(made_by_user=corner.supervisor)
    assert answer.headers["Location"] == detail_url(BILL, bill.pk)
    assert (bill.payer, bill.title, bill.member_count) == (corner.sponsor, "Nelayan November", 3)
    assert set(bill.lines.values_list("member", flat=True)) == {one.pk for one in members}
    page = browser.get(detail_url(PAYER, corner.sponsor.pk)).content.decode()
    assert "Nelayan November" in page
    assert closed.pk not in bill.lines.values_list("member", flat=True)


@pytest.mark.parametrize("title", ["Siti 3515 1420 0190 0001", "+62 (812) 3456-789", "a\u202eb"])
def test_title_that_names_somebodys_number_is_refused(
    title: str, corner: Corner, as_user: As
) -> None:
    sponsored(corner, corner.sponsor)

    answer = act(as_user(corner.supervisor), PAYER, corner.sponsor, "bill", months="1", title=title)

    assert answer.status_code == 422
    assert not Bill.objects.filter(made_by_user=corner.supervisor).exists()


@pytest.mark.parametrize("title", ["RT 003 RW 012, 17-08-2026", "Musim 2026/2027, tahap 2"])
def test_title_with_a_date_or_a_place_is_taken(title: str, corner: Corner, as_user: As) -> None:
    sponsored(corner, corner.sponsor)

    act(as_user(corner.supervisor), PAYER, corner.sponsor, "bill", months="1", title=title)

    assert Bill.objects.get(made_by_user=corner.supervisor).title == title


def test_left_out_members_are_shown_once(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    sponsored(corner, corner.sponsor)
    sponsored(corner, corner.sponsor, income_monthly=None, full_name="RINI TERLEWAT")

    refused = act(browser, PAYER, corner.sponsor, "bill", months="1")
    made = act(browser, PAYER, corner.sponsor, "bill", months="1", skip_refused="on")

    assert refused.status_code == 422
    assert made.status_code == 200
    page = made.content.decode()
    assert "RINI TERLEWAT" in page
    assert "Data peserta belum lengkap" in page
    assert Bill.objects.get(made_by_user=corner.supervisor).member_count == 1


def test_open_bill_is_cancelled_with_its_reason(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    bill = bill_for(cared_for_member(corner.agent), now=clock.now())

    answer = act(browser, BILL, bill, "cancel", reason="payer")

    bill.refresh_from_db()
    assert answer.status_code == 302
    assert (bill.cancelled_by, bill.cancel_reason) == (corner.supervisor, "payer")
    assert bill.cancelled_at == clock.now()
    page = browser.get(detail_url(BILL, bill.pk)).content.decode()
    assert "pembayar mundur" in page
    assert act(browser, BILL, bill, "cancel", reason="payer").status_code == 302
    assert "Batalkan tagihan" not in browser.get(detail_url(BILL, bill.pk)).content.decode()


def test_bill_with_members_of_another_branch_is_not_the_supervisors_to_cancel(
    corner: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    shared = bill_for(cared_for_member(corner.agent), cared_for_member(), maker=office_maker())

    act(browser, BILL, shared, "cancel", reason="mistake")

    shared.refresh_from_db()
    assert shared.cancelled_at is None


def test_bridge_is_asked_for_with_a_fresh_code_for_who_has_lapsed(
    corner: Corner, as_user: As
) -> None:
    long_ago = {"paid_through": date(2026, 5, 1), "episode_started_on": date(2025, 3, 12)}
    lapsed = imported_member(corner.agent, **long_ago)
    MemberPayerFactory.create(member=lapsed, payer=corner.sponsor)
    sponsored(corner, corner.sponsor)
    said = {"document": "SK 12/2026", "reason": REASON}

    stale = act(
        as_user(corner.supervisor, has_stepped_up=False), PAYER, corner.sponsor, "bridge", **said
    )
    assert "step-up" in stale.headers["Location"]
    answer = act(as_user(corner.supervisor), PAYER, corner.sponsor, "bridge", **said)

    correction = Correction.objects.get(kind=CorrectionKind.BRIDGE)
    assert answer.status_code == 302
    assert (correction.kind, correction.requested_by) == (CorrectionKind.BRIDGE, corner.supervisor)
    assert correction.details == {
        "payer": corner.sponsor.pk,
        "members": [str(lapsed.pk)],
        "document": "SK 12/2026",
    }
    assert correction.reason == REASON


def test_second_person_confirms_a_bridge_on_its_page(corner: Corner, as_user: As) -> None:
    long_ago = {"paid_through": date(2026, 5, 1), "episode_started_on": date(2025, 3, 12)}
    lapsed = imported_member(corner.agent, **long_ago)
    MemberPayerFactory.create(member=lapsed, payer=corner.sponsor)
    said = {"document": "SK 12/2026", "reason": REASON}
    asker = as_user(corner.supervisor)
    act(asker, PAYER, corner.sponsor, "bridge", **said)
    correction = Correction.objects.get(kind=CorrectionKind.BRIDGE)
    page = detail_url("payments_correction", correction.pk)

    act(asker, "payments_correction", correction, "confirm")
    assert not Bill.objects.filter(bridge=correction).exists()
    second = as_user(national())
    assert "SK 12/2026" in second.get(page).content.decode()
    act(second, "payments_correction", correction, "confirm")

    bill = Bill.objects.get(bridge=correction)
    assert (bill.made_by_user, bill.line_count) == (corner.supervisor, 6)
    assert bill.code in second.get(page).content.decode()


def test_group_is_not_offered_a_bridge(corner: Corner, as_user: As) -> None:
    group = PayerFactory.create(kind="group", office=corner.agent.office)

    page = as_user(corner.supervisor).get(detail_url(PAYER, group.pk)).content.decode()

    assert "Buat tagihan kolektif" in page
    assert "Usulkan tagihan lanjutan" not in page


def test_a_payers_contact_is_named_masked_changed_and_removed(corner: Corner, as_user: As) -> None:
    browser, payer = as_user(corner.supervisor), corner.sponsor
    said = {"name": "Bu Wagiyem Contoh", "phone": "0812-0000-7009"}

    assert act(browser, PAYER, payer, "contact", **said).status_code == 302

    contact = PayerContact.objects.get(payer=payer)
    assert (contact.name, contact.phone) == ("Bu Wagiyem Contoh", "+6281200007009")
    page = browser.get(detail_url(PAYER, payer.pk)).content.decode()
    assert ("Bu Wagiyem Contoh" in page, "+628******7009" in page) == (True, True)
    assert "81200007009" not in page
    centre = as_user(national()).get(detail_url(PAYER, payer.pk)).content.decode()
    assert ("Wagiyem" in centre, "B* W****** C*****" in centre) == (False, True)

    assert act(browser, PAYER, payer, "contact", **said | {"name": "Pak Lain"}).status_code == 302
    assert act(browser, PAYER, payer, "contact", name="", phone="").status_code == 302
    assert not PayerContact.objects.exists()
    labels = version_model(PayerContact).objects.order_by("pk").values_list("pgh_label", flat=True)
    assert list(labels) == ["insert", "update", "delete"]


@pytest.mark.parametrize(
    "said",
    [
        {"name": "Bu Contoh", "phone": ""},
        {"name": "", "phone": "081200007009"},
        {"name": "Bu Contoh", "phone": "021-555"},
    ],
)
def test_half_a_contact_or_no_mobile_number_is_refused(
    corner: Corner, as_user: As, said: dict[str, str]
) -> None:
    browser = as_user(corner.supervisor)
    assert act(browser, PAYER, corner.sponsor, "contact", **said).status_code == 422
    assert not PayerContact.objects.exists()


def test_a_contact_elsewhere_is_unknown(corner: Corner, as_user: As) -> None:
    elsewhere = PayerFactory.create()
    said = {"name": "Bu Contoh", "phone": "081200007009"}
    browser = as_user(corner.supervisor)
    assert act(browser, PAYER, elsewhere, "contact", **said).status_code == 404
    assert not PayerContact.objects.exists()
