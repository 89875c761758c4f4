"""What the reference phone knows of what waited, after its word left the book or without it."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from time_machine import travel

from perisai import clock
from perisai.models import Agent, Role
from sync.models import Conflict
from sync.services.decide import Word, decide
from sync.services.final_words import drop_old_results
from tests.factories.enrollment import registration_data
from tests.factories.perisai import AgentFactory, UserFactory
from tests.phone.app import Phone, Standing
from tests.phone.transport import Answer, Request
from tests.phone.wire import book_digest
from tests.sync.lines import app_of, log_in
from tests.sync.scripts import (
    CONFIG,
    NOW,
    body_of,
    last_page,
    ok,
    paths,
    phone_with,
    problem,
    pushed,
    sent,
)

NIK = "3515142001909901"
MEMBER = "01a1ec6f-9ca0-7a10-8c00-0000000001a7"
MONTH = timedelta(days=30)
REFUSAL = {"result": "rejected", "problem": {"code": "agent_not_eligible"}}
HELD = {"result": "conflict", "code": "agent_not_eligible"}


def held(phone: Phone, *, since: datetime) -> str:
    """A registration that the server answered with: a person decides."""
    op_id = phone.capture("member.register", {"nik": NIK}, entity_id=MEMBER)
    assert phone.outbox.take_result({"op_id": op_id, **HELD}, now=since)
    return op_id


def says(first: dict[str, Any], **said: Any) -> Any:
    """A server that knows all that is sent to it, and has this to say of it today."""

    def answer(request: Request) -> Answer:
        results = [
            {"seq": op["seq"], "op_id": op["op_id"], "result": "duplicate", "first": first}
            for op in sent(request)
        ]
        return pushed(request, results=results, **said)

    return answer


def page_with(op_id: str) -> dict[str, Any]:
    """The last page, with the word on an operation."""
    change = {"e": "op_result", "id": op_id, "ver": 9, "op": "put", "row": REFUSAL}
    digest = book_digest([("op_result", op_id, 9)])
    return last_page(changes=[change], counts={"op_result": 1}, digest=digest)


def drop_of(op_id: str) -> dict[str, Any]:
    """Thirty days later the book has it no more."""
    drop = {"e": "op_result", "id": op_id, "ver": 10, "op": "drop", "reason": "out_of_window"}
    return last_page(changes=[drop], cursor="c3", book_version=10)


def word_of(phone: Phone, op_id: str) -> Any:
    """The word that the outbox itself has."""
    op = phone.outbox.op(op_id)
    return None if op is None or op.result is None else op.result["result"]


def test_a_word_that_came_with_a_pull_stays_when_its_row_leaves_the_book() -> None:
    phone, server = phone_with()
    op_id = held(phone, since=NOW)
    server.answers.extend([ok(page_with(op_id)), ok(drop_of(op_id))])
    assert phone.sync().is_done
    assert word_of(phone, op_id) == "rejected"
    assert phone.sync().is_done
    assert phone.book.row("op_result", op_id) is None
    assert phone.standing_of(op_id) is Standing.REFUSED
    assert phone.overlay() == []


def test_what_was_told_by_a_pull_is_kept_thirty_days_and_then_forgotten() -> None:
    phone, _server = phone_with()
    outbox, op_id = phone.outbox, held(phone, since=NOW - 2 * MONTH)
    for later in (timedelta(), timedelta(days=9)):  # the row is there for a while
        outbox.hear({op_id: REFUSAL}, now=NOW + later)
    assert outbox.forget(now=NOW + MONTH - timedelta(days=1)) == 0
    assert outbox.forget(now=NOW + MONTH) == 1
    assert outbox.all_ops() == []


def test_a_word_that_nobody_heard_is_asked_for_at_its_place() -> None:
    phone, server = phone_with(ok(last_page()), says(REFUSAL, pull=last_page()))
    op_id = held(phone, since=NOW - MONTH)
    assert phone.sync().is_done
    assert paths(server) == ["GET /sync/changes", "POST /sync"]
    assert [(op["seq"], op["op_id"]) for op in sent(server.seen[1])] == [(1, op_id)]
    assert body_of(server.seen[1])["outbox"] == {"count": 0}  # it was answered: none holds it back
    assert phone.standing_of(op_id) is Standing.REFUSED


def test_what_still_waits_is_asked_for_once_in_thirty_days() -> None:
    phone, server = phone_with(ok(last_page()), says(HELD, pull=last_page()), ok(last_page()))
    held(phone, since=NOW - MONTH)
    young = held(phone, since=NOW - MONTH + timedelta(seconds=1))
    assert phone.sync().is_done
    assert young not in [op["op_id"] for op in sent(server.seen[1])]
    assert phone.sync().is_done
    assert len(server.seen) == 3


def test_while_it_is_asked_for_it_shows_as_waiting_and_no_full_nik() -> None:
    phone, server = phone_with(ok(last_page()))
    op_id = held(phone, since=NOW - MONTH)
    assert not phone.sync().is_done  # the line broke
    assert len(server.seen) == 2
    assert phone.standing_of(op_id) is Standing.AT_SUPERVISOR
    assert NIK not in json.dumps(phone.shown(op_id))


def test_what_an_earlier_installation_sent_is_asked_for_behind_all_else() -> None:
    """The place is another outbox's; by its id the server knows it at any place."""
    phone, server = phone_with(ok(last_page()), says(REFUSAL, pull=last_page()))
    op_id = held(phone, since=NOW - MONTH)
    phone.outbox.begin_anew("neu")
    note = phone.capture("device.note", {"code": "other"})
    assert phone.outbox.take_result({"op_id": note, "result": "applied"}, now=NOW)
    assert phone.sync().is_done
    assert [(op["seq"], op["op_id"]) for op in sent(server.seen[1])] == [(2, op_id)]
    assert word_of(phone, op_id) == "rejected"


def test_a_restored_server_says_anew_what_became_of_what_had_waited() -> None:
    """The decision may be later than its backup: then the case is open again."""
    phone, server = phone_with()
    op_id = held(phone, since=NOW)
    phone.outbox.hear({op_id: REFUSAL}, now=NOW)
    walk = ok(last_page(full=True, cursor="w1", epoch="neu"))
    standing = ok({"next_seq": 2, "book": {}})
    server.answers.extend([problem("epoch_changed", 409), standing, says(HELD), ok(CONFIG), walk])
    assert phone.sync().is_done
    assert not server.answers
    assert phone.standing_of(op_id) is Standing.AT_SUPERVISOR


class Office:
    """A phone whose registration the server holds, and the supervisor who refuses it."""

    def __init__(self) -> None:
        self.agent: Agent = AgentFactory.create()
        self.phone = app_of(self.agent)
        data = registration_data(1)
        self.nik = data["nik"]
        self.op_id = self.phone.capture("member.register", data, entity_id=MEMBER)
        assert self.phone.sync().is_done
        assert self.phone.standing_of(self.op_id) is Standing.AT_SUPERVISOR

    def refuses(self) -> None:
        """The word is in the book from now on, for thirty days."""
        branch = self.agent.office.branch
        by = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
        word = Word(decision="refuse", reason="Sudah diperiksa di kantor")
        decide(Conflict.objects.get().pk, word, by=by, now=clock.now())

    def syncs_after(self, days: int, *, is_word_in_book: bool) -> Standing:
        """So many days later, logged in again: how the form stands after the round."""
        with travel(clock.now() + timedelta(days=days), tick=False):
            if not is_word_in_book:
                drop_old_results(now=clock.now())
            log_in(self.phone, self.agent)
            assert self.phone.sync().is_done
            found = self.phone.book.row("op_result", self.op_id)
            assert (found is not None) is is_word_in_book
            return self.phone.standing_of(self.op_id)

    def kept(self) -> str:
        """All that the outbox holds."""
        return str(self.phone.store.db.execute("SELECT body FROM op").fetchall())


@pytest.mark.django_db
def test_a_refusal_stays_and_ends_when_the_book_has_it_no_more() -> None:
    office = Office()
    office.refuses()
    assert office.syncs_after(9, is_word_in_book=True) is Standing.REFUSED
    assert office.syncs_after(31, is_word_in_book=False) is Standing.REFUSED
    assert office.nik in office.kept()
    office.syncs_after(40, is_word_in_book=False)
    assert office.nik not in office.kept()


@pytest.mark.django_db
def test_a_phone_that_was_away_learns_what_was_decided_meanwhile() -> None:
    office = Office()
    office.refuses()
    assert office.syncs_after(31, is_word_in_book=False) is Standing.REFUSED
    op = office.phone.outbox.op(office.op_id)
    assert op is not None
    assert op.result is not None
    assert op.result["problem"]["detail"] == "Sudah diperiksa di kantor"
    office.syncs_after(62, is_word_in_book=False)
    assert office.nik not in office.kept()
