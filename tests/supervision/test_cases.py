"""Cases on the offices' pages: both sides masked, three words, and nobody else's."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Member
from perisai.ids import new_id
from perisai.models import Role, User
from perisai.privacy import mask
from supervision.admin.case_sides import sides_of
from sync.models import CaseState, Conflict, Operation
from sync.services import book
from sync.services.cases import CaseReport, open_case
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    consent_data,
    invented_nik,
    registration_data,
)
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, list_url
from tests.sync.phones import Phone, op, owner, phone_of

pytestmark = pytest.mark.django_db

REASON = "Sudah diperiksa dengan kartu"
NUMBER = 77


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A registration that met a member of a colleague, with who may decide."""

    phone: Phone
    member: Member
    case: Conflict
    supervisor: User


@pytest.fixture
def held(db: None) -> Held:
    phone = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
    colleague = AgentFactory.create(office=phone.device.agent.office)
    member = MemberFactory.create(agent=colleague, number=NUMBER, full_name="BUDI CONTOH")
    with book.recording() as changes:
        changes.put(colleague.pk, "member", [member.pk])
    data = registration_data(NUMBER, full_name="BUDI CONTOH", phone="0812-9999-0001")
    (result,) = phone.push(op(1, "member.register", entity_id=new_id(), data=data))
    assert result["code"] == "duplicate_identity"
    branch = phone.device.agent.office.branch
    return Held(
        phone=phone,
        member=member,
        case=Conflict.objects.get(kind="duplicate_identity"),
        supervisor=UserFactory.create(role=Role.SUPERVISOR, branch=branch),
    )


def act_url(case: Conflict, name: str) -> str:
    return reverse("admin:sync_conflict_act", args=[case.pk, name])


def say(browser: Client, case: Conflict, name: str, **said: Any) -> Any:
    return browser.post(act_url(case, name), {"reason": REASON} | said)


def page_of(browser: Client, case: Conflict) -> str:
    answer = browser.get(reverse("admin:sync_conflict_change", args=[case.pk]))
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_both_sides_stand_beside_each_other_masked(held: Held, as_user: As) -> None:
    text = page_of(as_user(held.supervisor), held.case)
    for shown in (
        mask("nik", invented_nik(NUMBER)),
        mask("phone", "+6281299990001"),
        mask("phone", "+6281234567890"),
        "BUDI CONTOH",
    ):
        assert shown in text
    for hidden in (invented_nik(NUMBER), "81299990001", "81234567890", "Dusun Contoh"):
        assert hidden not in text


def test_the_words_that_fit_are_offered(held: Held, as_user: As) -> None:
    text = page_of(as_user(held.supervisor), held.case)
    offered = {name for name in ("apply", "merge", "finish", "refuse") if f"/act/{name}/" in text}
    assert offered == {"apply", "merge", "refuse"}


def test_refusing_closes_the_case_and_tells_the_agent_why(held: Held, as_user: As) -> None:
    browser = as_user(held.supervisor)

    answer = say(browser, held.case, "refuse")

    assert answer.status_code == 302
    held.case.refresh_from_db()
    assert (held.case.state, held.case.decided_by, held.case.reason) == (
        CaseState.REFUSED,
        held.supervisor,
        REASON,
    )
    held.phone.pull()
    ((_, told),) = held.phone.rows.values()
    assert (told["problem"]["code"], told["problem"]["detail"]) == ("duplicate_identity", REASON)
    assert held.member.full_name not in str(told)
    text = page_of(browser, held.case)
    assert (REASON in text, "/act/" in text) == (True, False)


def test_a_second_word_is_told_that_it_is_late(held: Held, as_user: As) -> None:
    browser = as_user(held.supervisor)
    say(browser, held.case, "refuse")
    answer = say(browser, held.case, "refuse")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        reverse("admin:sync_conflict_change", args=[held.case.pk]),
    )
    assert Operation.objects.get().result == "rejected"


def test_a_word_without_a_reason_is_asked_for_it(held: Held, as_user: As) -> None:
    answer = say(as_user(held.supervisor), held.case, "refuse", reason=" ")
    assert answer.status_code == 422
    held.case.refresh_from_db()
    assert held.case.state == CaseState.OPEN


def test_another_branch_knows_nothing_of_it(held: Held, as_user: As) -> None:
    stranger = as_user(UserFactory.create(role=Role.SUPERVISOR))
    assert say(stranger, held.case, "refuse").status_code == 404
    assert str(held.case.pk) not in stranger.get(list_url("sync_conflict")).content.decode()
    held.case.refresh_from_db()
    assert held.case.state == CaseState.OPEN


def test_the_branch_of_the_other_member_decides_too_and_hides_nothing_of_its_own(
    held: Held, as_user: As
) -> None:
    """A clash across branches: who would change the member is the member's branch."""
    elsewhere = UserFactory.create(role=Role.SUPERVISOR)
    Member.objects.filter(pk=held.member.pk).update(branch=elsewhere.branch)

    text = page_of(as_user(held.supervisor), held.case)
    assert str(held.member.pk) not in text
    refused = say(as_user(held.supervisor), held.case, "merge")
    assert refused.status_code == 422

    assert str(held.member.pk) in page_of(as_user(elsewhere), held.case)
    assert say(as_user(elsewhere), held.case, "refuse").status_code == 302


def test_the_list_begins_with_what_waits_and_can_show_what_was_decided(
    held: Held, as_user: As
) -> None:
    browser = as_user(held.supervisor)
    page = f'href="{reverse("admin:sync_conflict_change", args=[held.case.pk])}'
    assert page in browser.get(list_url("sync_conflict")).content.decode()
    say(browser, held.case, "refuse")
    assert page not in browser.get(list_url("sync_conflict")).content.decode()
    decided = browser.get(list_url("sync_conflict"), {"state": "refused"})
    assert page in decided.content.decode()


def test_a_case_without_an_operation_is_marked_as_seen_to(corner: Corner, as_user: As) -> None:
    case_id = open_case(
        CaseReport(
            kind="claim_help",
            entity="member",
            entity_id=corner.member.pk,
            agent_id=corner.agent.pk,
        )
    )
    case, browser = Conflict.objects.get(pk=case_id), as_user(corner.supervisor)
    text = page_of(browser, case)
    assert "SITI CONTOH" in text
    assert [f"/act/{name}/" in text for name in ("apply", "merge", "finish")] == [
        False,
        False,
        True,
    ]
    assert say(browser, case, "finish").status_code == 302
    case.refresh_from_db()
    assert case.state == CaseState.APPLIED


def test_a_registration_can_be_given_to_a_colleague(as_user: As) -> None:
    phone = phone_of(DeviceFactory.create(agent=AgentFactory.create()))
    office = phone.device.agent.office
    colleague, far = EligibleAgentFactory.create(office=office), AgentFactory.create()
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = "2026-11-01T00:00:00Z"
    device.save(update_fields=["state", "wipe", "lost_at"])
    phone.push(op(1, "member.register", entity_id=new_id(), data=registration_data(NUMBER)))
    case = Conflict.objects.get(kind="device_lost")
    branch = device.agent.office.branch
    browser = as_user(UserFactory.create(role=Role.SUPERVISOR, branch=branch))
    form = browser.get(act_url(case, "apply")).content.decode()
    assert (str(colleague.pk) in form, str(far.pk) in form, str(owner(phone)) in form) == (
        True,
        False,
        False,
    )

    assert say(browser, case, "apply", under=str(far.pk)).status_code == 422
    assert say(browser, case, "apply", under=str(colleague.pk)).status_code == 302

    assert cared_for().get().agent == colleague
    assert Operation.objects.get().code == "reassigned"


@pytest.mark.parametrize(
    ("said", "label", "shown"),
    [
        ({"nik": invented_nik(NUMBER)}, "NIK", ("351514************", False)),
        ({"phone": "0812-3456-7890"}, "telepon", ("+628******7890", False)),
        ({"birth_date": "1970-05-06"}, "tahun lahir", ("1970", True)),
        ({"mother_maiden_name": "SITI"}, "nama gadis ibu kandung", ("•••", True)),
        ({"address_line": None}, "alamat", ("–", True)),  # noqa: RUF001  the dash of the pages
        ({"programmes": ["JKM", "JKK"]}, "program", ("JKK, JKM", False)),
        ({"occupations": [{"code": "DES01"}]}, "pekerjaan", ("DES01", False)),
        ({"rt": "3"}, "RT", ("003", False)),
        ({"sex": "female"}, "jenis kelamin", ("perempuan", True)),
        (
            {"heirs": [{"name": "ANI", "relation": "child"}]},
            "ahli waris",
            ("ANI (anak)", True),
        ),
        ({"heirs": [{"name": 5, "relation": {}}]}, "ahli waris", ("5 ({})", True)),  # unjudged
    ],
)
def test_a_datum_is_compared_whole_and_shown_masked(
    said: dict[str, Any], label: str, shown: tuple[str, bool]
) -> None:
    member = MemberFactory.create(number=NUMBER)
    data = {"group": "identity", "set": said}
    (side,) = sides_of("member.correct", data, member)
    masked_nik = mask("nik", invented_nik(NUMBER))
    held, differs = shown
    assert (str(side.label), side.held, side.differs) == (
        label,
        masked_nik if label == "NIK" else held,
        differs,
    )


def test_what_no_page_shows_is_left_out() -> None:
    data = registration_data(consent=consent_data(), note="rahasia", months=3)
    labels = [str(side.label) for side in sides_of("member.register", data, None)]
    assert "consent" not in labels
    assert len(labels) == len(set(labels)) == 13


def test_an_operation_that_a_phone_lost_is_shown_to_its_supervisor(as_user: As) -> None:
    phone, lost = phone_of(DeviceFactory.create(agent=AgentFactory.create())), str(new_id())
    phone.push(
        op(1, "void", data={"reason": "storage_lost", "lost_op_id": lost}),
        op(2),
        op(3, "void", data=None),  # refused, and shown with its place
    )
    void, note, refused = Operation.objects.order_by("seq")
    branch = phone.device.agent.office.branch
    browser = as_user(UserFactory.create(role=Role.SUPERVISOR, branch=branch))
    text = browser.get(list_url("sync_operation")).content.decode()
    assert [str(one.pk) in text for one in (void, note, refused)] == [True, False, True]
    detail = browser.get(reverse("admin:sync_operation_change", args=[void.pk])).content.decode()
    assert lost in detail
    assert "penyimpanan hilang" in detail
    page = browser.get(reverse("admin:sync_operation_change", args=[refused.pk]))
    assert "/data/reason" in page.content.decode()
