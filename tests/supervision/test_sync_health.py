"""How the phones sync, on the offices' pages: told, walked anew, stopped operations run again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from perisai import clock
from perisai.models import Device, DeviceState, User
from supervision.services.sync_health import devices_with_sync, holding_what_left, troubles_of
from sync.models import Operation, Outbox
from sync.services.resync import want_walk
from tests.factories.perisai import DeviceFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url
from tests.sync.pebbles import FAULTS, Faults, hand, laid, lay_many, lay_op, pebbles
from tests.sync.phones import Phone, new_ids, op, phone_of

__all__ = ["pebbles"]
pytestmark = pytest.mark.django_db
PAGE = "perisai_device"


@pytest.fixture
def phone(corner: Corner) -> Phone:
    """A phone of the corner's agent."""
    device: Device = DeviceFactory.create(agent=corner.agent, model="RMX3761")
    return phone_of(device)


def holders(corner: Corner) -> set[Device]:
    return set(holding_what_left(devices_with_sync(corner.supervisor)))


def test_the_list_tells_contact_unsent_version_and_clock(
    corner: Corner, phone: Phone, as_user: As
) -> None:
    phone.send([], outbox={"count": 7, "oldest_at": "2026-11-18T09:15:00.000+07:00"})
    Outbox.objects.filter(device=phone.device).update(clock_offset_ms=-660_000)
    text = as_user(corner.supervisor).get(list_url(PAGE)).content.decode()
    for word in ("7, tertua 18", "-11 menit", "badge-warn", phone.device.app_version):
        assert word in text


def test_whose_work_does_not_arrive_is_found(corner: Corner, phone: Phone, as_user: As) -> None:
    other = phone_of(DeviceFactory.create(agent=corner.agent, model="CPH2185"))
    for one, since in ((phone, "2026-11-16T09:00:00+07:00"), (other, "2026-11-18T09:00:00+07:00")):
        one.send([], outbox={"count": 2, "oldest_at": since})
    browser = as_user(corner.supervisor)
    found = browser.get(f"{list_url(PAGE)}?unsent=1").content.decode()
    assert ("RMX3761" in found, "CPH2185" in found) == (True, False)
    agent = browser.get(detail_url("perisai_agent", corner.agent.pk)).content.decode()
    assert "2, tertua 16" in agent
    phone.send([], outbox={"count": 0})
    assert "RMX3761" not in browser.get(f"{list_url(PAGE)}?unsent=1").content.decode()


def test_a_record_counts_what_was_not_applied(
    corner: Corner, phone: Phone, as_user: As, pebbles: Faults
) -> None:
    phone.push(lay_op(1, weight=-1), lay_op(2, fault="bug"), lay_op(3, fault="conflict"), lay_op(4))
    found = troubles_of(phone.device)
    assert found.by_result == {"rejected": 1, "blocked": 1, "conflict": 1}
    assert (found.parked, found.still_held) == (1, 0)
    page = as_user(corner.supervisor).get(detail_url(PAGE, phone.device.pk)).content.decode()
    assert "Kiriman yang tidak diterapkan" in page


def test_a_phone_that_never_called_is_listed_too(corner: Corner, as_user: As) -> None:
    device = DeviceFactory.create(agent=corner.agent, model="Belum pernah")
    browser = as_user(corner.supervisor)
    assert "Belum pernah" in browser.get(list_url(PAGE)).content.decode()
    assert browser.get(detail_url(PAGE, device.pk)).status_code == 200


def test_who_still_holds_moved_rows_is_found_until_the_phone_gives_them_up(
    corner: Corner, phone: Phone, as_user: As, pebbles: Faults
) -> None:
    other = DeviceFactory.create()
    rows = new_ids(2)
    lay_many(corner.agent.pk, rows)
    phone.pull()
    hand(corner.agent.pk, other.agent_id, rows)

    assert phone.device in holders(corner)
    assert troubles_of(phone.device).still_held == 2
    browser = as_user(corner.supervisor)
    assert "RMX3761" in browser.get(f"{list_url(PAGE)}?holding=1").content.decode()

    phone.pull()
    phone.ask(phone.cursor)
    assert phone.device not in holders(corner)
    assert troubles_of(phone.device).still_held == 0


def test_a_phone_whose_lease_ran_out_holds_nothing_any_more(
    corner: Corner, phone: Phone, pebbles: Faults
) -> None:
    rows = new_ids(1)
    lay_many(corner.agent.pk, rows)
    hand(corner.agent.pk, DeviceFactory.create().agent_id, rows)
    assert phone.device in holders(corner)
    Device.objects.filter(pk=phone.device.pk).update(lease_until=clock.now() - timedelta(minutes=1))
    assert phone.device not in holders(corner)


def test_what_an_app_noted_is_read_by_who_helps(corner: Corner, phone: Phone, as_user: As) -> None:
    twin = phone_of(DeviceFactory.create(agent=corner.agent))
    twin.push(op(1, data={"code": "restored", "text": "milik ponsel lain"}))
    first = op(1, data={"code": "low_storage"})
    phone.push(first, op(2, data={"code": "crash", "text": "galat layar 7"}), first | {"seq": 3})

    def read(user: User) -> str:
        return as_user(user).get(detail_url(PAGE, phone.device.pk)).content.decode()

    page = read(corner.supervisor)
    words = ("aplikasi berhenti sendiri", "galat layar 7", "penyimpanan hampir penuh")
    assert [page.count(word) for word in words] == [1, 1, 1]
    assert page.index("galat layar 7") < page.index("penyimpanan hampir penuh")
    assert "milik ponsel lain" not in page

    from_afar = read(UserFactory.create(role="national"))
    assert "aplikasi berhenti sendiri" in from_afar
    assert "galat layar 7" not in from_afar

    Operation.objects.filter(device=phone.device).update(body=None)  # as after its term
    assert "aplikasi berhenti sendiri" not in read(corner.supervisor)


def test_a_phone_that_was_left_behind_is_shown_as_silent(
    corner: Corner, phone: Phone, as_user: As
) -> None:
    """Reinstalled: the new installation is heard of, the old one never again."""
    phone_of(DeviceFactory.create(agent=corner.agent, model="CPH2185"))
    browser = as_user(corner.supervisor)
    badge = '<span class="badge badge-warn">diam</span>'

    def pages() -> tuple[bool, bool]:
        text = browser.get(f"{list_url(PAGE)}?silent=1").content.decode()
        assert "CPH2185" not in text
        return "RMX3761" in text, badge in browser.get(list_url(PAGE)).content.decode()

    assert pages() == (False, False)
    old = Device.objects.filter(pk=phone.device.pk)
    old.update(lease_until=clock.now())
    assert pages() == (True, True)
    old.update(state=DeviceState.LOST, lost_at=clock.now())
    assert pages() == (False, False)


def test_a_supervisor_asks_for_a_walk_and_the_phone_is_told(
    corner: Corner, phone: Phone, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    url = reverse("admin:perisai_device_act", args=[phone.device.pk, "walk"])
    assert browser.post(url, {}).status_code == 302
    assert phone.send([]).json()["directives"] == [{"do": "resync"}]
    phone.pull()
    assert phone.send([]).json()["directives"] == []


def test_a_walk_may_be_asked_of_a_phone_that_never_called(corner: Corner) -> None:
    for _ in range(2):
        want_walk(corner.device.pk, now=clock.now())
    assert Outbox.objects.get(device=corner.device).resync_wanted_at == clock.now()


def replay_url(operation: Operation) -> str:
    return reverse("admin:sync_operation_act", args=[operation.pk, "replay"])


def test_a_supervisor_runs_a_stopped_operation_again(
    corner: Corner,
    phone: Phone,
    as_user: As,
    pebbles: Faults,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped, waiting = lay_op(1, fault="bug"), lay_op(2)
    waiting["depends_on"] = [stopped["op_id"]]
    phone.push(stopped, waiting)
    operation = Operation.objects.get(op_id=stopped["op_id"])
    browser = as_user(corner.supervisor)
    assert browser.post(replay_url(operation), {}).status_code == 302
    operation.refresh_from_db()
    assert (operation.result, operation.code, laid()) == ("blocked", "parked", 0)

    monkeypatch.setitem(FAULTS, "bug", lambda one: None)
    assert browser.post(replay_url(operation), {}).status_code == 302
    operation.refresh_from_db()
    assert (operation.result, laid()) == ("applied", 2)
    page = browser.get(detail_url("sync_operation", operation.pk)).content.decode()
    assert "replay" not in page
    phone.pull()
    assert phone.agrees()


def test_nobody_of_another_branch_runs_it(
    corner: Corner, elsewhere: Corner, phone: Phone, as_user: As, pebbles: Faults
) -> None:
    phone.push(lay_op(1, fault="bug"))
    operation = Operation.objects.get(device=phone.device)
    assert as_user(elsewhere.supervisor).post(replay_url(operation), {}).status_code == 404
    assert as_user(UserFactory.create(role="auditor")).post(
        replay_url(operation), {}
    ).status_code in {403, 404}
