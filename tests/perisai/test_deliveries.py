"""Reports of the gateway: signed, kept once, in any order, and silent about what is ours."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from perisai.models import Delivery, DeliveryState, OutboxMessage
from tests.factories.perisai import OutboxMessageFactory
from tests.fakes.gateway import SECRET, fake_gateway, signed

URL = "/api/v1/messages/deliveries"


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with override_settings(NOTIFY_CALLBACK_SECRET=SECRET):
        yield


def body_of(reference: object, state: str = "delivered", **more: Any) -> bytes:
    return json.dumps({"reference": str(reference), "state": state} | more).encode()


def post(body: bytes, headers: dict[str, str] | None = None, **more: Any) -> Any:
    """A report as the gateway sends it, or with other headers."""
    found = signed(body) if headers is None else headers
    return APIClient().post(URL, body, content_type="application/json", headers=found, **more)


def kept() -> list[tuple[int, str]]:
    return sorted(Delivery.objects.values_list("message_id", "state"))


@pytest.mark.django_db
@pytest.mark.parametrize("state", DeliveryState.values)
def test_report_is_kept_once_however_often_it_comes(state: str) -> None:
    message = OutboxMessageFactory.create()
    for _ in range(3):
        answer = post(body_of(message.pk, state, note="kepada 6281234567890"))
        assert (answer.status_code, answer.content) == (204, b"")
    assert kept() == [(message.pk, state)]


@pytest.mark.django_db
@pytest.mark.parametrize("states", list(permutations(DeliveryState.values)), ids="-".join)
def test_order_of_reports_does_not_matter(states: tuple[str, ...]) -> None:
    message = OutboxMessageFactory.create()
    for state in states:
        post(body_of(message.pk, state))
    assert kept() == sorted((message.pk, state) for state in DeliveryState.values)


@pytest.mark.django_db
def test_report_may_come_before_we_noted_that_the_message_left() -> None:
    message = OutboxMessageFactory.create(attempts=1)
    post(body_of(message.pk))
    row = OutboxMessage.objects.get()
    assert (row.sent_at, kept()) == (None, [(message.pk, "delivered")])


@pytest.mark.django_db
def test_unknown_reference_is_answered_as_a_known_one() -> None:
    message = OutboxMessageFactory.create()
    seen = []
    for reference in (message.pk, message.pk + 1, "ya-bukan", "9" * 60, -1, "٣"):
        with CaptureQueriesContext(connection) as statements:
            answer = post(body_of(reference))
        seen.append((answer.status_code, answer.content, len(statements)))
    assert set(seen) == {seen[0]}
    assert seen[0][0] == 204
    assert kept() == [(message.pk, "delivered")]


Change = Callable[[dict[str, str]], dict[str, str]]
WRONG: dict[str, Change] = {
    "none": lambda _: {},
    "no moment": lambda said: {"X-Gateway-Signature": said["X-Gateway-Signature"]},
    "no signature": lambda said: {"X-Gateway-Timestamp": said["X-Gateway-Timestamp"]},
    "other moment": lambda said: (
        said | {"X-Gateway-Timestamp": str(int(said["X-Gateway-Timestamp"]) - 1)}
    ),
    "moment in words": lambda said: said | {"X-Gateway-Timestamp": "kemarin"},
    "cut signature": lambda said: said | {"X-Gateway-Signature": said["X-Gateway-Signature"][:-1]},
    "empty signature": lambda said: said | {"X-Gateway-Signature": ""},
    "signature beyond ASCII": lambda said: said | {"X-Gateway-Signature": "é" * 64},
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_report_with_a_wrong_signature_is_refused(change: Change) -> None:
    body = body_of(OutboxMessageFactory.create().pk)
    answer = post(body, change(signed(body)))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert kept() == []


@pytest.mark.django_db
@pytest.mark.parametrize("away", [-301, 301])
def test_report_signed_at_another_time_is_refused(away: int) -> None:
    body = body_of(OutboxMessageFactory.create().pk)
    now = int(timezone.now().timestamp())
    assert post(body, signed(body, at=now + away)).status_code == 401
    assert post(body, signed(body, at=now + away - (1 if away > 0 else -1) * 30)).status_code == 204


@pytest.mark.django_db
def test_signature_is_over_the_bytes_as_they_came_and_by_our_secret_alone() -> None:
    message = OutboxMessageFactory.create()
    body = body_of(message.pk)
    assert post(body.replace(b" ", b""), signed(body)).status_code == 401
    assert post(body, signed(body, secret="lain" * 10)).status_code == 401
    with override_settings(NOTIFY_CALLBACK_SECRET=""):
        assert post(body, signed(body, secret="")).status_code == 401
    assert post(b"").status_code == 422
    assert post(b"", {}).status_code == 401
    assert kept() == []


@pytest.mark.django_db
def test_signed_nonsense_is_refused_and_a_large_body_is_not_read() -> None:
    message = OutboxMessageFactory.create()
    for body, status in (
        (b"[1, 2", 400),
        (body_of(message.pk, "menguap"), 422),
        (b'{"state": "delivered"}', 422),
        (body_of(message.pk, note="x" * 5_000), 413),
    ):
        assert post(body).status_code == status
    assert kept() == []


@pytest.mark.django_db
def test_report_is_never_changed() -> None:
    message = OutboxMessageFactory.create()
    post(body_of(message.pk))
    with pytest.raises(ProgrammingError):
        Delivery.objects.update(state="failed")


@pytest.mark.django_db(transaction=True)
def test_reports_beside_each_other_are_one() -> None:
    message = OutboxMessageFactory.create()
    body = body_of(message.pk)

    def run(_: int) -> int:
        try:
            status: int = post(body).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert set(pool.map(run, range(8))) == {204}
    assert kept() == [(message.pk, "delivered")]


@pytest.mark.django_db(transaction=True)
def test_gateway_calls_back_over_http(live_server: Any) -> None:
    message = OutboxMessageFactory.create()
    with fake_gateway() as gateway:
        assert gateway.report(str(message.pk), "failed", to=live_server.url + URL) == 204
        gateway.secret = "another secret"  # noqa: S105  of the fake
        assert gateway.report(str(message.pk), "delivered", to=live_server.url + URL) == 401
    assert kept() == [(message.pk, "failed")]
