"""What a branch does with its agents, phones, offices and counters, on the pages."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrollment.models import AgentMembership
from payments.models import PartnerChange, PostAgent
from perisai.models import Agent, AgentEvent, AgentState, Device, OfficeContract, Role
from supervision.admin.stepping import SESSION_KEY, step_up_url
from tests.factories.perisai import OfficeFactory, UserFactory, login_body
from tests.fixtures import Caller
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url

pytestmark = pytest.mark.django_db
REASON = "atas permintaan kantor"
SUKODONO = "3515142001"


def act_url(page: str, name: str, key: object = None) -> str:
    if key is None:
        return reverse(f"admin:{page}_list_act", args=[name])
    return reverse(f"admin:{page}_act", args=[key, name])


def stepped(browser: Client) -> Client:
    """With a second factor of just now."""
    session = browser.session
    session[SESSION_KEY] = timezone.now().timestamp()
    session.save()
    return browser


def do(browser: Client, url: str, **said: Any) -> Any:
    return stepped(browser).post(url, {"reason": REASON} | said)


def errors(answer: Any) -> list[str]:
    assert answer.status_code == 422
    form = answer.context["form"]
    return [text for texts in form.errors.values() for text in texts]


def new_agent(corner: Corner, **changes: Any) -> dict[str, Any]:
    return {
        "number": "PRS-3515-7001",
        "name": "Rina Contoh",
        "phone": "0812-0000-0077",
        "office": corner.agent.office_id,
        "appointed_on": "2026-11-20",
        "villages": SUKODONO,
    } | changes


def test_supervisor_appoints_and_the_password_is_shown_once(
    corner: Corner, as_user: As, anonymous: Caller
) -> None:
    url = act_url("perisai_agent", "appoint")
    shown = do(as_user(corner.supervisor), url, **new_agent(corner))
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"].endswith("no-store, must-revalidate, private")
    password = str(shown.context["shown"].facts[1].value)
    agent = Agent.objects.get(number="PRS-3515-7001")
    assert agent.village_codes() == [SUKODONO]
    assert AgentEvent.objects.get(agent=agent).by == corner.supervisor
    body = login_body(agent, password=password)
    assert anonymous.post("/api/v1/auth/login", body).status_code == 200
    again = do(as_user(corner.supervisor), url, **new_agent(corner))
    assert errors(again) == ["Nomor agen sudah dipakai"]


def test_appointment_needs_a_fresh_second_factor(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    session = browser.session
    session[SESSION_KEY] = timezone.now().timestamp() - 15 * 60
    session.save()
    url = act_url("perisai_agent", "appoint")
    answer = browser.post(url, new_agent(corner))
    assert (answer.status_code, answer.headers["Location"]) == (302, step_up_url(next_url=url))
    assert not Agent.objects.filter(number="PRS-3515-7001").exists()


def test_office_of_another_branch_is_no_choice(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    said = new_agent(corner, office=elsewhere.agent.office_id)
    answer = do(as_user(corner.supervisor), act_url("perisai_agent", "appoint"), **said)
    assert len(errors(answer)) == 1
    assert not Agent.objects.filter(number="PRS-3515-7001").exists()


def test_life_of_an_agent_on_the_pages(corner: Corner, as_user: As) -> None:
    browser, agent = as_user(corner.supervisor), corner.agent
    other = OfficeFactory.create(branch=corner.branch)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("villages", {"villages": f"{SUKODONO}, 3515142002"}),
        ("move", {"office": other.pk}),
        ("membership", {"kpj": corner.member.kpj}),
        ("suspend", {}),
        ("reinstate", {}),
        ("end", {"wipe": "wipe"}),
    ]
    for name, said in steps:
        answer = do(browser, act_url("perisai_agent", name, agent.pk), **said)
        assert (answer.status_code, answer.headers.get("Location")) == (
            302,
            detail_url("perisai_agent", agent.pk),
        ), (name, answer.content)
    agent.refresh_from_db()
    assert (agent.state, agent.office) == (AgentState.ENDED, other)
    assert AgentMembership.objects.get(agent=agent).member == corner.member
    assert Device.objects.get(pk=corner.device.pk).wipe == "wipe"
    kinds = AgentEvent.objects.filter(agent=agent).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["villages", "moved", "suspended", "reinstated", "ended"]
    page = browser.get(detail_url("perisai_agent", agent.pk)).content.decode()
    assert REASON in page
    assert "pindah kantor" in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_who_only_reads_does_nothing(role: Role, corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=role))
    for page, name, key in (
        ("perisai_agent", "suspend", corner.agent.pk),
        ("perisai_device", "lost", corner.device.pk),
        ("perisai_office", "add-contract", corner.agent.office_id),
        ("payments_postagent", "reset", corner.outlet.pk),
    ):
        assert do(browser, act_url(page, name, key)).status_code == 403
    assert AgentEvent.objects.count() == 0


def test_auditor_reads_what_was_done_and_not_why(corner: Corner, as_user: As) -> None:
    do(as_user(corner.supervisor), act_url("perisai_agent", "suspend", corner.agent.pk))
    auditor = as_user(UserFactory.create(role=Role.AUDITOR))
    page = auditor.get(detail_url("perisai_agent", corner.agent.pk)).content.decode()
    assert "ditangguhkan" in page
    assert REASON not in page


def test_short_reason_is_no_reason(corner: Corner, as_user: As) -> None:
    url = act_url("perisai_agent", "suspend", corner.agent.pk)
    answer = do(as_user(corner.supervisor), url, reason="karena")
    assert len(errors(answer)) == 1
    corner.agent.refresh_from_db()
    assert corner.agent.state == AgentState.ACTIVE


def test_what_is_missing_for_registration_stands_on_the_page(corner: Corner, as_user: As) -> None:
    OfficeContract.objects.filter(office=corner.agent.office).update(valid_to="2026-10-31")
    url = detail_url("perisai_agent", corner.agent.pk)
    browser = as_user(corner.supervisor)
    assert "wadah tanpa kontrak yang berlaku" in browser.get(url).content.decode()
    english = browser.get(url, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "not a member herself, office without a valid contract" in english


def test_lost_phone_is_reported_for_the_agent(corner: Corner, as_user: As) -> None:
    url = act_url("perisai_device", "lost", corner.device.pk)
    answer = do(as_user(corner.supervisor), url, kind="stolen", wipe="drain_then_wipe")
    assert answer.status_code == 302
    device = Device.objects.get(pk=corner.device.pk)
    assert (device.state, device.revoked_reason, device.wipe) == (
        "lost",
        "stolen",
        "drain_then_wipe",
    )
    assert AgentEvent.objects.get().device == device
    page = as_user(corner.supervisor).get(detail_url("perisai_device", device.pk))
    assert "kirim dulu, lalu hapus" in page.content.decode()


def test_contracts_are_added_and_ended(corner: Corner, as_user: As) -> None:
    browser, office = as_user(corner.supervisor), corner.agent.office
    first = office.contracts.get()
    overlapping = do(
        browser,
        act_url("perisai_office", "add-contract", office.pk),
        number="K-2",
        valid_from="2027-01-01",
    )
    assert errors(overlapping) == ["Kontrak lain berlaku pada hari-hari itu"]
    ended = do(
        browser,
        act_url("perisai_office", "end-contract", office.pk),
        contract=first.pk,
        on="2026-12-31",
    )
    added = do(
        browser,
        act_url("perisai_office", "add-contract", office.pk),
        number="K-2",
        valid_from="2027-01-01",
        valid_to="2027-12-31",
    )
    assert (ended.status_code, added.status_code) == (302, 302)
    assert office.contracts.count() == 2
    page = browser.get(detail_url("perisai_office", office.pk)).content.decode()
    assert "akan datang" in page


def test_terminal_gets_a_new_password_shown_once_to_the_second_person(
    corner: Corner, as_user: As
) -> None:
    url = act_url("payments_postagent", "reset", corner.outlet.pk)
    assert do(as_user(corner.supervisor), url).status_code == 302
    change = PartnerChange.objects.get(kind="new_password")
    second = as_user(UserFactory.create(role=Role.NATIONAL))
    shown = second.post(act_url("payments_partnerchange", "confirm", change.pk), {})
    assert shown.status_code == 200
    assert "no-store" in shown.headers["Cache-Control"]
    password = str(shown.context["shown"].facts[1].value)
    user = PostAgent.objects.get(pk=corner.outlet.pk).user
    assert user.check_password(password)
    for page, key in (
        ("payments_postagent", corner.outlet.pk),
        ("payments_partnerchange", change.pk),
    ):
        assert password not in second.get(detail_url(page, key)).content.decode()


def test_counter_of_no_branch_is_the_national_offices(corner: Corner, as_user: As) -> None:
    PostAgent.objects.filter(pk=corner.outlet.pk).update(branch=None)
    url = act_url("payments_postagent", "reset", corner.outlet.pk)
    assert do(as_user(corner.supervisor), url).status_code == 404
    assert do(as_user(UserFactory.create(role=Role.NATIONAL)), url).status_code == 302
