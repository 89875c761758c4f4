"""The page of messages: dead letters first, what came of each, and what people may do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from perisai.errors import MessageMoved
from perisai.models import (
    Delivery,
    DeliveryState,
    MessageDecision,
    MessageDecisionReason,
    OutboxMessage,
    RelayPause,
    Role,
    User,
    message_state,
)
from perisai.services.message_decisions import MessageOrder, give_up, send_again
from perisai.services.messages import relay
from perisai.services.outbox_figures import outbox_figures
from tests.factories.payments import NOW
from tests.factories.perisai import OutboxMessageFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "perisai_outboxmessage"


def national() -> User:
    return UserFactory.create(role=Role.NATIONAL)


def order(reason: MessageDecisionReason) -> MessageOrder:
    return MessageOrder(by=national(), reason=reason)


def act_url(message: OutboxMessage, name: str) -> str:
    return reverse(f"admin:{PAGE}_act", args=[message.pk, name])


@pytest.mark.parametrize(
    ("columns", "reports", "state"),
    [
        ({}, (), "waiting"),
        ({"attempts": 3, "last_error": "gateway_timeout"}, (), "waiting"),
        ({"sent_at": NOW}, (), "sent"),
        ({"sent_at": NOW}, ("failed",), "failed"),
        ({"sent_at": NOW}, ("failed", "unknown_number"), "unknown_number"),
        ({"sent_at": NOW}, ("failed", "unknown_number", "delivered"), "delivered"),
        ({}, ("delivered",), "delivered"),
        ({"given_up_at": NOW, "last_error": "gateway_timeout"}, (), "dead"),
        ({"given_up_at": NOW, "last_error": "gateway_timeout"}, ("delivered",), "delivered"),
        ({"given_up_at": NOW, "last_error": "nobody_to_tell"}, (), "nobody"),
    ],
)
def test_state_is_derived_from_times_and_reports(
    columns: dict[str, object], reports: tuple[str, ...], state: str
) -> None:
    message = OutboxMessageFactory.create(**columns)
    for report in reports:
        Delivery.objects.create(message=message, state=report)
    rows = OutboxMessage.objects.annotate(state=message_state())
    assert list(rows.values_list("state", flat=True)) == [state]


def test_list_begins_with_dead_letters_and_filters(corner: Corner, as_user: As) -> None:
    waiting = OutboxMessageFactory.create(kind="payment.posted")
    failed = OutboxMessageFactory.create(sent_at=NOW)
    Delivery.objects.create(message=failed, state=DeliveryState.FAILED)
    Delivery.objects.create(message=failed, state=DeliveryState.UNKNOWN_NUMBER)
    nobody = OutboxMessageFactory.create(given_up_at=NOW, last_error="nobody_to_tell")
    others = OutboxMessage.objects.exclude(kind="contoh")
    browser = as_user(national())

    def shown(query: str = "") -> list[int]:
        lines = browser.get(list_url(PAGE) + query).context["cl"].result_list
        return [row.pk for row in lines]

    assert shown() == [corner.dead_letter.pk]
    assert set(shown("?state=waiting")) == {
        *others.filter(sent_at=None, given_up_at=None).values_list("pk", flat=True)
    }
    assert waiting.pk in shown("?state=waiting&kind=payment.posted")
    assert shown("?state=failed") == [failed.pk]
    assert nobody.pk in shown("?state=any")
    assert shown("?state=menguap") == shown("?kind=menguap") == []
    assert outbox_figures(timezone.now()).dead == 1


def test_pages_cost_the_same_for_many(corner: Corner, as_user: As) -> None:
    browser = as_user(national())
    browser.get("/admin/")
    urls = [list_url(PAGE), list_url(PAGE) + "?state=any", corner.detail_url(PAGE)]

    def cost() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as statements:
                assert browser.get(url).status_code == 200
            found.append(len(statements))
        return found

    first = cost()
    OutboxMessageFactory.create_batch(60, given_up_at=NOW, last_error="gateway_timeout")
    Delivery.objects.create(message=corner.dead_letter, state=DeliveryState.FAILED)
    assert cost() == first
    assert max(first[:2]) <= 15
    assert first[2] <= 20


def test_dead_letter_is_sent_again_with_a_trace(
    corner: Corner, as_user: As, sent_messages: list[object]
) -> None:
    user, letter = national(), corner.dead_letter
    browser = as_user(user)
    text = browser.get(detail_url(PAGE, letter.pk)).content.decode()
    assert "gagal terkirim" in text
    assert "gateway_refused_422" in text

    answer = browser.post(act_url(letter, "send-again"), {"reason": "gateway_mended"})

    assert answer.status_code == 302
    letter.refresh_from_db()
    assert (letter.given_up_at, letter.attempts, letter.last_error) == (None, 0, "")
    assert letter.due_at <= timezone.now()
    (kept,) = MessageDecision.objects.values(
        *("message", "kind", "reason", "attempts", "last_error", "decided_by")
    )
    assert tuple(kept.values()) == (
        *(letter.pk, "send_again", "gateway_mended", 1, "gateway_refused_422", user.pk),
    )
    shown = browser.get(detail_url(PAGE, letter.pk)).content.decode()
    assert "gerbang sudah pulih" in shown
    assert user.username in shown
    relay(timezone.now(), limit=200)
    letter.refresh_from_db()
    assert letter.attempts == 1


def test_waiting_message_is_given_up_with_a_reason(corner: Corner, as_user: As) -> None:
    message = OutboxMessageFactory.create()
    browser = as_user(UserFactory.create(role=Role.FINANCE))
    assert browser.post(act_url(message, "give-up"), {"reason": "sebab lain"}).status_code == 422
    assert browser.post(act_url(message, "give-up"), {"reason": "outdated"}).status_code == 302
    message.refresh_from_db()
    assert (message.given_up_at is not None, message.last_error) == (True, "given_up_by_person")
    assert message.decisions.get().reason == "outdated"


@pytest.mark.parametrize(
    "columns", [{}, {"sent_at": NOW}, {"given_up_at": NOW, "last_error": "x"}], ids=str
)
def test_decision_about_a_message_that_moved_is_refused(columns: dict[str, object]) -> None:
    message = OutboxMessageFactory.create(**columns)
    if "given_up_at" in columns:
        Delivery.objects.create(message=message, state=DeliveryState.DELIVERED)
    if columns:
        with pytest.raises(MessageMoved):
            give_up(message.pk, order(MessageDecisionReason.WRONG), now=NOW)
    with pytest.raises(MessageMoved):
        send_again(message.pk, order(MessageDecisionReason.DATA_MENDED), now=NOW)
    assert MessageDecision.objects.count() == 0


def test_decision_is_never_changed() -> None:
    message = OutboxMessageFactory.create()
    give_up(message.pk, order(MessageDecisionReason.WRONG), now=NOW)
    with pytest.raises(ProgrammingError):
        MessageDecision.objects.update(reason="outdated")


def test_pause_is_lifted_from_the_list(corner: Corner, as_user: As) -> None:
    user, now = national(), timezone.now()
    browser = as_user(user)
    url = reverse(f"admin:{PAGE}_list_act", args=["resume"])
    assert url not in browser.get(list_url(PAGE)).content.decode()
    pause = RelayPause.objects.create(
        reason="quota_used", began_at=now, until=now + timedelta(hours=3)
    )
    assert url in browser.get(list_url(PAGE)).content.decode()
    assert browser.post(url).status_code == 302
    pause.refresh_from_db()
    assert (pause.lifted_by, pause.lifted_at is not None) == (user, True)


def test_a_branch_reads_no_messages_and_an_auditor_does_nothing(
    corner: Corner, as_user: As
) -> None:
    assert as_user(corner.supervisor).get(list_url(PAGE)).status_code == 403
    browser = as_user(UserFactory.create(role=Role.AUDITOR))
    text = browser.get(detail_url(PAGE, corner.dead_letter.pk)).content.decode()
    assert "/act/" not in text
    assert browser.post(act_url(corner.dead_letter, "send-again"), {}).status_code == 403


def test_page_speaks_english(corner: Corner, as_user: As) -> None:
    text = as_user(national()).get(list_url(PAGE), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "<h1>Messages</h1>" in text
    assert "not sent (dead letter)" in text
