"""The four calls: who may make them, with which headers, in which form."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from enrollment.services.kpj import next_kpj
from perisai import clock
from perisai.ids import new_id
from perisai.models import Device, DeviceState, OutboxMessage
from sync import registry
from sync.models import Conflict, Epoch, Operation, Outbox
from sync.services import book
from sync.services.epoch import new_epoch
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.fixtures import Caller
from tests.sync.pebbles import KIND, laid, lay_many, lay_op, polish_op
from tests.sync.phones import URL, Phone, new_ids, op, phone_of, problem, statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

CALLS = [("GET", URL), ("POST", URL), ("GET", f"{URL}/changes"), ("GET", f"{URL}/config")]


def call(client: Caller, method: str, path: str) -> Any:
    return client.post(path, {"first_seq": 1, "ops": []}) if method == "POST" else client.get(path)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_needs_a_token(anonymous: Caller, method: str, path: str) -> None:
    assert problem(call(anonymous, method, path)) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_call_is_for_a_counter(post_agent_client: Caller, method: str, path: str) -> None:
    assert problem(call(post_agent_client, method, path)) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("missing", ["HTTP_X_APP_VERSION", "HTTP_X_SCHEMA"])
def test_every_call_needs_its_headers(phone: Phone, method: str, path: str, missing: str) -> None:
    headers = {
        "HTTP_AUTHORIZATION": f"Token {phone.client.token}",
        "HTTP_X_APP_VERSION": "1.4.0",
        "HTTP_X_SCHEMA": "1",
    }
    del headers[missing]
    phone.client.credentials(**headers)
    assert problem(call(phone.client, method, path)) == (400, "invalid_envelope")


@pytest.mark.parametrize("schema", ["-1", "1.0", "one", "99999", "²"])
def test_a_schema_that_is_no_number_is_refused(phone: Phone, schema: str) -> None:
    phone.reads_schema(schema)
    assert problem(phone.client.get(URL)) == (400, "invalid_envelope")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_lost_device_is_told_so(phone: Phone, method: str, path: str) -> None:
    Device.objects.filter(pk=phone.device.pk).update(
        state=DeviceState.LOST, lost_at=clock.now(), wipe="wipe"
    )
    answer = call(phone.client, method, path)
    assert problem(answer) == (403, "device_revoked")
    assert answer.json()["wipe"] == "wipe"


def test_a_limited_device_may_only_send(phone: Phone) -> None:
    Device.objects.filter(pk=phone.device.pk).update(state=DeviceState.LIMITED)
    assert problem(phone.ask(None)) == (403, "device_limited")
    answer = phone.send([lay_op(1)], pull={}).json()
    assert answer["ack_seq"] == 1
    assert answer["pull"]["problem"]["code"] == "device_limited"


def test_a_lost_device_drains_and_what_was_made_after_the_loss_is_a_case(phone: Phone) -> None:
    Device.objects.filter(pk=phone.device.pk).update(
        state=DeviceState.LOST, lost_at="2026-11-19T18:00:00+07:00", wipe="drain_then_wipe"
    )
    later: dict[str, Any] = {"at": "2026-11-20T08:00:00.000+07:00"}
    before, after = lay_op(1), lay_op(2, **later)
    note = op(3, data={"code": "low_storage"}, **later)
    freed = polish_op(4, before["entity_id"], kind="pebble.free", **later)
    answer = phone.send([before, after, note, freed], pull={}).json()

    words = [(result["result"], result.get("code", "")) for result in answer["results"]]
    assert words == [("applied", ""), ("conflict", "device_lost"), *[("applied", "")] * 2]
    assert answer["directives"] == [{"do": "drain_then_wipe"}]
    assert answer["pull"]["problem"]["code"] == "device_revoked"
    assert laid() == 1
    case = Conflict.objects.get(kind="device_lost")
    assert (case.entity, str(case.entity_id)) == (KIND, after["entity_id"])
    assert problem(phone.client.get(URL)) == (403, "device_revoked")


def test_a_lost_device_whose_case_cannot_be_opened_still_drains(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    Device.objects.filter(pk=phone.device.pk).update(
        state=DeviceState.LOST, lost_at="2026-11-19T18:00:00+07:00", wipe="drain_then_wipe"
    )

    def fails(**_columns: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(Conflict.objects, "create", fails)
    (result,) = phone.push(lay_op(1, at="2026-11-20T08:00:00.000+07:00"))
    assert (result["result"], result["code"]) == ("blocked", "parked")


def test_a_phone_that_changed_its_app_is_remembered(phone: Phone) -> None:
    phone.reads_schema("3")
    phone.client.get(URL)
    phone.device.refresh_from_db()
    assert (phone.device.schema, phone.device.app_version) == (3, "1.4.0")


def test_where_a_device_stands(phone: Phone) -> None:
    phone.push(lay_op(1), lay_op(2))
    found = phone.client.get(URL).json()
    assert found["next_seq"] == 3
    assert (found["book"]["version"], found["book"]["rows"]) == (2, 2)
    assert found["book"]["epoch"] == Epoch.objects.get().name
    assert set(found["book"]) == {"id", "epoch", "version", "rows"}


def test_f20_rows_of_another_agent_are_counted_nowhere(phone: Phone, other: Phone) -> None:
    other.push(lay_op(1))
    found = phone.client.get(URL).json()
    assert (found["next_seq"], found["book"]["rows"], found["book"]["version"]) == (1, 0, 0)
    assert phone.ask(None).json()["changes"] == []


def test_config_tells_caps_versions_and_the_apps_sections(phone: Phone) -> None:
    registry.config("pebbles")(lambda agent_id: {"for": str(agent_id)})
    answer = phone.client.get(f"{URL}/config")
    found = answer.json()
    assert (found["limits"]["push_ops"], found["limits"]["op_bytes"]) == (200, 65_536)
    assert found["schemas"] == {"push": [1], "pull": [1]}
    assert (found["intervals"]["sync"], found["clock_warn_ms"]) == (900, 600_000)
    assert found["pebbles"] == {"for": str(phone.device.agent_id)}

    again = phone.client.get(f"{URL}/config", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other_tag = phone.client.get(f"{URL}/config", headers={"If-None-Match": '"x"'})
    assert other_tag.status_code == 200


def test_a_phone_whose_config_is_old_is_told_to_fetch_it(phone: Phone, settings: Any) -> None:
    begin = datetime(2026, 11, 20, 3, tzinfo=UTC)

    def told(seq: int, minutes: int) -> Any:
        with travel(begin + timedelta(minutes=minutes), tick=False):
            return phone.send([op(seq)]).json()["directives"]

    def reads() -> None:
        with travel(begin, tick=False):
            assert phone.client.get(f"{URL}/config").status_code == 200

    settings.APP_LATEST = "1.5.0"
    assert told(1, 0) == []  # it has read none
    reads()
    assert told(2, 15) == []
    settings.APP_LATEST = "1.6.0"
    assert told(3, 16) == []  # of one visit the first batch is told
    assert told(4, 30) == [{"do": "refetch", "name": "config"}]
    reads()
    assert told(5, 45) == []


@pytest.mark.parametrize("wish", ["gzip", "br, gzip;q=0.5", "gzip; q=1.0, *;q=0"])
def test_long_answers_are_gzip_with_the_tag_unchanged(phone: Phone, wish: str) -> None:
    lay_many(phone.device.agent_id, new_ids(20))
    answer = phone.ask(None, headers={"Accept-Encoding": wish})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["ETag"].startswith('"')
    assert b'"pebble"' in gzip.decompress(answer.content)


@pytest.mark.parametrize("wish", ["", "br", "gzip;q=0", "gzip ; q=0.0, br"])
def test_long_answers_are_plain_for_who_wants_no_gzip(phone: Phone, wish: str) -> None:
    lay_many(phone.device.agent_id, new_ids(20))
    answer = phone.ask(None, headers={"Accept-Encoding": wish})
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.content) > 512


def test_short_answers_and_pages_with_cookies_stay_plain(phone: Phone, client: Any) -> None:
    short = phone.client.get(URL, headers={"Accept-Encoding": "gzip"})
    page = client.get("/admin/login/", headers={"Accept-Encoding": "gzip"})
    assert len(page.content) > 512
    assert "Content-Encoding" not in short.headers
    assert "Content-Encoding" not in page.headers


def test_sixty_calls_a_minute_per_device(phone: Phone) -> None:
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    with travel(clock.now() + timedelta(hours=1), tick=False):
        statuses = [phone.client.get(URL).status_code for _ in range(60)]
        refused = phone.client.get(URL)
        assert twin.client.get(URL).status_code == 200
    assert statuses == [200] * 60
    assert problem(refused) == (429, "rate_limited")
    assert refused.json()["retryable"] is True
    assert 1 <= int(refused.headers["Retry-After"]) <= 75  # spread, so that not all come at once


def device_time(phone: Phone, at: Any) -> None:
    phone.client.credentials(
        HTTP_X_APP_VERSION="1.4.0",
        HTTP_X_SCHEMA="1",
        HTTP_AUTHORIZATION=f"Token {phone.client.token}",
        HTTP_X_DEVICE_TIME=at.isoformat(),
    )


def test_the_phones_clock_is_corrected_between_its_last_operation_and_receipt(
    phone: Phone,
) -> None:
    with travel("2026-11-20T03:00:00+00:00", tick=False):
        now = clock.now()
        device_time(phone, now + timedelta(hours=1))
        ops = [
            op(1, at="2026-11-20T02:00:00.000+00:00"),
            op(2, at="2026-11-20T01:30:00.000+00:00"),
            op(3, at="2026-11-20T03:50:00.000+00:00"),
            op(4, at="2099-01-01T00:00:00.000+00:00"),
        ]
        answer = phone.send(ops).json()
        stored = Operation.objects.order_by("seq").values_list("adjusted_at", flat=True)
        minutes = [round((now - at).total_seconds() / 60) for at in stored]

    assert answer["clock_offset_ms"] == -3_600_000
    assert answer["directives"] == [{"do": "fix_clock"}]
    assert minutes == [120, 120, 10, 0]
    assert Operation.objects.get(seq=4).made_at.year == 2099


@pytest.mark.parametrize("years", [-50, 900])
def test_no_clock_is_too_wrong(phone: Phone, years: int) -> None:
    device_time(phone, clock.now() + timedelta(days=365 * years))
    assert phone.push(lay_op(1), lay_op(2))[1]["result"] == "applied"


def test_the_outbox_remembers_what_the_phone_holds_unsent(phone: Phone) -> None:
    phone.send([lay_op(1)], outbox={"count": 7, "oldest_at": "2026-11-18T09:15:00.000+07:00"})
    phone.send([lay_op(2)])
    outbox = Outbox.objects.get(device=phone.device)
    assert (outbox.reported_count, outbox.last_seq) == (7, 2)
    assert outbox.reported_oldest_at is not None
    assert outbox.last_push_at is not None


@pytest.mark.parametrize(("rows", "batch"), [(1, 1), (2_000, 1), (1, 20)])
def test_an_operation_costs_the_same_for_every_book_and_batch(
    phone: Phone, rows: int, batch: int
) -> None:
    lay_many(phone.device.agent_id, new_ids(rows))
    with CaptureQueriesContext(connection) as caught:
        phone.push(*(lay_op(seq) for seq in range(1, batch + 1)))
    fixed = 2  # token, outbox
    handler = 2  # lays the pebble; how large the book is
    assert len(statements(caught)) == fixed + batch * (4 + handler)


def test_an_operation_on_a_record_costs_one_statement_more(phone: Phone) -> None:
    pebble = lay_op(1)
    phone.push(pebble)
    with CaptureQueriesContext(connection) as caught:
        phone.push(polish_op(2, pebble["entity_id"]))
    handler = 2
    assert len(statements(caught)) == 2 + 5 + handler


def test_a_resend_of_fifty_costs_three_statements(phone: Phone) -> None:
    batch = [lay_op(seq) for seq in range(1, 51)]
    phone.push(*batch)
    with CaptureQueriesContext(connection) as caught:
        phone.push(*batch)
    assert len(statements(caught)) == 3  # token, outbox, stored results


def test_a_new_epoch_counts_no_number_out_a_second_time() -> None:
    """The most that anybody may have been given since the backup lies behind."""
    kpj = int(next_kpj()[:-1])
    event = OutboxMessage.objects.create(kind="trial", subject_id=new_id())
    new_epoch()
    assert int(next_kpj()[:-1]) - kpj > 900_000
    later = OutboxMessage.objects.create(kind="trial", subject_id=new_id())
    assert later.pk - event.pk > 900_000_000


def test_a_new_epoch_has_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    before = Epoch.objects.get().name
    call_command("new_epoch")
    after = Epoch.objects.get().name
    assert after != before
    assert capsys.readouterr().out == f"epoch {after}\n"


def test_a_new_agents_first_pull_opens_the_book(phone: Phone) -> None:
    newcomer = phone_of(DeviceFactory.create(agent=AgentFactory.create()))
    newcomer.pull()
    assert newcomer.agrees()
    with book.recording() as changes:
        changes.drop(newcomer.device.agent_id, KIND, new_ids(1), reason="erased")
    assert newcomer.pull()[0]["changes"][0]["reason"] == "erased"
