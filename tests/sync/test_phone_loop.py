"""What the reference phone does about everything that a server, or a line, may say to it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.phone.advice import ADVICE, Do
from tests.phone.app import AnotherAgent, Locked
from tests.phone.outbox import Outbox
from tests.phone.store import Store
from tests.phone.transport import Answer, Request
from tests.sync.lines import new_app
from tests.sync.scripts import (
    CONFIG,
    NOW,
    TOKEN,
    Scripted,
    body_of,
    last_page,
    ok,
    paths,
    phone_with,
    problem,
    pushed,
    sent,
)


def test_a_round_sends_fetches_and_proves() -> None:
    phone, server = phone_with(pushed, ok(last_page()), notes=2)
    outcome = phone.sync()
    assert (outcome.is_done, outcome.unsent, outcome.wait) == (True, 0, 700)
    assert paths(server) == ["POST /sync", "GET /sync/changes"]
    assert body_of(server.seen[0])["outbox"]["count"] == 2
    assert body_of(server.seen[0])["pull"]["cursor"] == "c1"


def test_a_page_that_comes_with_a_push_ends_the_round() -> None:
    phone, server = phone_with(lambda request: pushed(request, pull=last_page()), notes=1)
    assert phone.sync().is_done
    assert phone.book.cursor == "c2"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("invalid_envelope", 400, Do.REPORT),
        ("forbidden", 403, Do.REPORT),
        ("not_found", 404, Do.REPORT),
        ("invalid", 422, Do.REPORT),
        ("a_code_of_next_year", 400, Do.REPORT),
        ("unauthenticated", 401, Do.LOG_IN),
        ("token_expired", 401, Do.LOG_IN),
        ("rate_limited", 429, Do.WAIT),
        ("internal", 500, Do.WAIT),
        ("unavailable", 503, Do.WAIT),
        ("read_only", 503, Do.WAIT),
        ("a_code_of_next_year", 502, Do.WAIT),
    ],
)
def test_refusals_that_end_a_round_keep_the_outbox(code: str, status: int, advice: Do) -> None:
    phone, server = phone_with(problem(code, status), notes=2)
    outcome = phone.sync()
    assert (outcome.is_done, outcome.unsent) == (False, 2)
    assert (outcome.stopped_by, outcome.code) == (advice, code)
    assert len(server.seen) == 1


def test_every_code_has_its_advice() -> None:
    told = {
        *("invalid_envelope", "unauthenticated", "token_expired", "invalid_credentials"),
        *("device_revoked", "device_limited", "forbidden", "not_found", "sequence_gap"),
        *("sequence_reused", "epoch_changed", "offset_mismatch", "cursor_invalid"),
        *("cursor_expired", "payload_too_large", "unsupported_encoding", "client_too_old"),
        *("hash_mismatch", "invalid", "rate_limited", "internal", "unavailable", "read_only"),
    }
    assert set(ADVICE) == told


def test_the_server_says_how_long_to_wait_or_the_phone_doubles() -> None:
    phone, server = phone_with(problem("rate_limited", 429, retry_after=17), notes=1)
    assert phone.sync().wait == 17
    assert [phone.sync().wait for _ in range(9)] == [60, 120, 240, 480, 960, 1920, *[3600] * 3]
    server.answers.extend([pushed, ok(last_page())])
    assert phone.sync().is_done
    phone.capture("device.note", {"code": "other"})
    assert phone.sync().wait == 30


def test_a_retry_stops_there_and_goes_on_there() -> None:
    def stops(request: Request) -> Answer:
        first, second, third = sent(request)
        results = [
            {"seq": 1, "op_id": first["op_id"], "result": "applied"},
            {"seq": 2, "op_id": second["op_id"], "result": "retry", "retry_after": 30},
        ]
        assert third["seq"] == 3
        return pushed(request, ack_seq=1, next_seq=2, complete=False, results=results)

    phone, server = phone_with(stops, notes=3)
    outcome = phone.sync()
    assert (outcome.is_done, outcome.unsent, outcome.wait) == (False, 2, 30)
    server.answers.extend([pushed, ok(last_page())])
    assert phone.sync().is_done
    assert body_of(server.seen[1])["first_seq"] == 2


def test_f13_partial_push_never_says_done() -> None:
    """The time box ended: the phone goes on from the next place, and only then is it done."""

    def half(request: Request) -> Answer:
        results = [{"seq": 1, "op_id": sent(request)[0]["op_id"], "result": "applied"}]
        return pushed(request, ack_seq=1, next_seq=2, complete=False, results=results)

    phone, server = phone_with(half, notes=2)
    assert not phone.sync().is_done
    assert phone.numbers().not_yet_sent == 1
    server.answers.extend([pushed, ok(last_page())])
    assert phone.sync().is_done
    assert [op["seq"] for op in sent(server.seen[2])] == [2]


def test_an_answer_without_progress_is_not_asked_for_at_once_again() -> None:
    phone, server = phone_with(lambda request: pushed(request, results=[]), notes=1)
    outcome = phone.sync()
    assert (outcome.is_done, outcome.unsent, outcome.wait) == (False, 1, 30)
    assert len(server.seen) == 1


def test_a_gap_is_filled_from_the_place_that_the_server_names() -> None:
    phone, server = phone_with(pushed, ok(last_page()), notes=3)
    assert phone.sync().is_done
    phone.capture("device.note", {"code": "other"})
    gap = problem("sequence_gap", 409, expected_seq=2)
    server.answers.extend([gap, pushed, ok(last_page())])
    assert phone.sync().is_done
    assert [op["seq"] for op in sent(server.seen[3])] == [2, 3, 4]
    assert sent(server.seen[3])[0]["op_id"] == sent(server.seen[0])[1]["op_id"]


def test_a_cloned_storage_begins_another_installation_with_the_old_ids() -> None:
    phone, server = phone_with(problem("sequence_reused", 409), notes=2)
    before, ids = phone.outbox.installation, [op.op_id for op in phone.outbox.open_ops()]
    outcome = phone.sync()
    assert outcome.stopped_by is Do.LOG_IN
    assert phone.outbox.installation != before
    assert [(op.op_id, op.seq) for op in phone.outbox.open_ops()] == [(ids[0], 1), (ids[1], 2)]
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("code", "status"), [("cursor_expired", 410), ("cursor_invalid", 400), ("epoch_changed", 409)]
)
def test_every_doubt_about_a_cursor_is_cured_by_a_walk(code: str, status: int) -> None:
    walk = ok(last_page(full=True, cursor="w1", epoch="neu"))
    anew = [ok({"next_seq": 1, "book": {}}), ok(CONFIG), walk]  # all of it is in doubt
    phone, server = phone_with(problem(code, status))
    server.answers.extend(anew if code == "epoch_changed" else [walk])
    assert phone.sync().is_done
    assert "cursor" not in server.seen[-1].path
    assert phone.book.cursor == "w1"


def test_an_older_copy_of_a_storage_is_noticed_at_login() -> None:
    phone, server = phone_with(ok({"next_seq": 9, "book": {}}), notes=1)
    phone.store.remember(must_compare=True)
    before = phone.outbox.installation
    assert phone.sync().stopped_by is Do.LOG_IN
    assert phone.outbox.installation != before
    assert paths(server) == ["GET /sync"]


def test_another_digest_is_cured_by_a_walk_and_reported_if_it_is_not() -> None:
    wrong = last_page(digest="1" * 16)
    phone, server = phone_with(ok(wrong), ok(last_page(full=True, cursor="w1")))
    assert phone.sync().is_done
    assert "cursor" not in server.seen[1].path
    server.answers.extend([ok(wrong | {"full": True})] * 9)
    outcome = phone.sync()
    assert (outcome.stopped_by, outcome.code) == (Do.REPORT, "digest")
    assert len(server.seen) == 6


def test_too_much_is_halved_and_a_lone_one_is_given_up() -> None:
    refused = problem("payload_too_large", 413)
    phone, server = phone_with(refused, refused, *[pushed] * 4, notes=4)
    server.answers.append(ok(last_page()))
    phone.sync()
    sizes = [len(sent(request)) for request in server.seen if request.method == "POST"]
    assert sizes == [4, 2, 1, 1, 1, 1]

    phone, server = phone_with(refused, pushed, ok(last_page()), notes=1)
    assert phone.sync().is_done
    assert [op["kind"] for op in sent(server.seen[1])] == ["void"]


def test_batches_keep_the_caps_of_the_config() -> None:
    phone, server = phone_with(*[pushed] * 3, ok(last_page()), notes=5)
    phone.store.remember(
        config={"limits": {"push_ops": 2}, "intervals": {"config": 86_400, "sync": 900}}
    )
    assert phone.sync().is_done
    assert [len(sent(request)) for request in server.seen[:3]] == [2, 2, 1]
    assert ["pull" in body_of(request) for request in server.seen[:3]] == [False, False, True]


def test_an_encoding_that_is_refused_is_left_out() -> None:
    phone, server = phone_with(problem("unsupported_encoding", 415), pushed, ok(last_page()))
    phone.capture("device.note", {"code": "other", "text": "x" * 600})
    assert phone.sync().is_done
    encodings = [request.headers.get("Content-Encoding") for request in server.seen[:2]]
    assert encodings == ["gzip", None]


@pytest.mark.parametrize(("code", "status"), [("device_limited", 403), ("client_too_old", 422)])
def test_who_may_not_pull_still_sends(code: str, status: int) -> None:
    refused = problem(code, status, min="1.6.0", by="2027-01-15")
    phone, server = phone_with(refused)
    assert phone.sync().stopped_by is Do.ONLY_SEND
    assert phone.store.fact("update_app")["min"] == "1.6.0"
    phone.capture("device.note", {"code": "other"})
    inside = {"problem": json.loads(refused.body)}
    server.answers.extend([lambda request: pushed(request, pull=inside)])
    outcome = phone.sync()
    assert (outcome.stopped_by, outcome.unsent) == (Do.ONLY_SEND, 0)


def test_what_is_wrong_with_a_page_spoils_no_push() -> None:
    inside = {"problem": {"code": "cursor_expired", "status": 410}}
    walk = ok(last_page(full=True, cursor="w1"))
    phone, server = phone_with(lambda request: pushed(request, pull=inside), walk, notes=1)
    assert phone.sync().is_done
    assert phone.numbers().not_yet_sent == 0
    assert len(server.seen) == 2


def test_a_page_that_was_shed_is_asked_for_when_the_server_says() -> None:
    inside = {"problem": {"code": "unavailable", "status": 503, "retry_after": 77}}
    phone, _server = phone_with(lambda request: pushed(request, pull=inside), notes=1)
    outcome = phone.sync()
    assert (outcome.stopped_by, outcome.wait, outcome.unsent) == (Do.WAIT, 77, 0)


def test_a_configuration_that_fails_keeps_neither_page_nor_sign_of_life() -> None:
    fault = problem("internal", 500)
    phone, server = phone_with(fault, lambda request: pushed(request, pull=last_page()), fault)
    phone.store.remember(config_read_at=None, pushed_at=None)
    assert phone.sync().is_done
    assert paths(server) == ["GET /sync/config", "POST /sync"]
    phone.sync()
    assert paths(server)[2:] == ["GET /sync/config", "GET /sync/changes"]


def test_a_server_that_is_away_for_the_configuration_is_left_alone() -> None:
    phone, server = phone_with(problem("unavailable", 503, retry_after=40))
    phone.store.remember(config_read_at=None)
    outcome = phone.sync()
    assert (outcome.stopped_by, outcome.wait, len(server.seen)) == (Do.WAIT, 40, 1)


def test_directives_are_followed_and_unknown_ones_ignored() -> None:
    orders = [
        {"do": "update_app", "min": "1.6.0", "by": "2027-01-15"},
        *({"do": "fix_clock"}, {"do": "dance"}, {"do": "refetch", "name": "config"}),
        {"do": "resync"},
    ]
    walk = last_page(full=True, cursor="w1")
    phone, server = phone_with(
        lambda request: pushed(request, directives=orders, pull=last_page()),
        ok({"intervals": {"sync": 60, "config": 86_400}}),
        ok(walk),
        notes=1,
    )
    assert phone.sync().is_done
    assert paths(server) == ["POST /sync", "GET /sync/config", "GET /sync/changes"]
    assert phone.book.cursor == "w1"
    assert phone.store.fact("update_app")["by"] == "2027-01-15"
    assert phone.store.fact("fix_clock") is True


def test_an_order_to_wipe_is_obeyed_at_once() -> None:
    phone, server = phone_with(problem("device_revoked", 403, wipe="wipe"), notes=2)
    assert phone.sync().stopped_by is Do.OBEY
    assert phone.outbox.all_ops() == []
    assert phone.store.fact("token") is None
    assert phone.sync().stopped_by is Do.OBEY
    assert len(server.seen) == 1


def test_f30_a_lost_phone_drains_then_says_so_then_wipes() -> None:
    revoked = problem("device_revoked", 403, wipe="drain_then_wipe")
    phone, server = phone_with(revoked, pushed, pushed)
    phone.store.remember(config_read_at=None)
    phone.outbox.capture("device.note", {"code": "other"}, now=NOW)
    phone.loop.lost.obey("drain_then_wipe")
    server.answers.popleft()
    assert phone.sync().stopped_by is Do.OBEY
    kinds = [[op["data"]["code"] for op in sent(request)] for request in server.seen]
    assert kinds == [["other"], ["wiped"]]
    assert phone.outbox.all_ops() == []


def test_a_lost_phone_whose_last_word_was_not_answered_wipes_when_its_token_ends() -> None:
    phone, server = phone_with()
    phone.loop.lost.obey("drain_then_wipe")
    assert phone.sync().stopped_by is Do.WAIT
    server.answers.append(problem("unauthenticated", 401))
    assert phone.sync().stopped_by is Do.OBEY
    assert phone.loop.lost.is_wiped


def test_a_token_that_ends_while_draining_wipes_nothing_unheard() -> None:
    phone, _server = phone_with(problem("unauthenticated", 401), notes=1)
    phone.loop.lost.obey("drain_then_wipe")
    assert phone.sync().stopped_by is Do.LOG_IN
    assert phone.numbers().not_yet_sent == 1


def test_an_idle_phone_gives_a_sign_of_life_every_day() -> None:
    phone, server = phone_with(lambda request: pushed(request, pull=last_page()))
    phone.store.remember(pushed_at=(NOW - timedelta(days=1)).isoformat())
    assert phone.sync().is_done
    assert (sent(server.seen[0]), body_of(server.seen[0])["first_seq"]) == ([], 1)
    assert phone.store.fact("lease_until") == "2026-12-04T03:15:02.000+00:00"


def test_a_clock_that_is_set_right_again_delays_neither_sign_of_life_nor_configuration() -> None:
    phone, server = phone_with(ok(CONFIG), lambda request: pushed(request, pull=last_page()))
    ahead = (NOW + timedelta(days=730)).isoformat()
    phone.store.remember(pushed_at=ahead, config_read_at=ahead, lease_until=NOW.isoformat())
    assert phone.sync().is_done
    assert paths(server) == ["GET /sync/config", "POST /sync"]
    assert phone.store.fact("lease_until") == "2026-12-04T03:15:02.000+00:00"


@pytest.mark.parametrize("years", [-2, 2])
def test_a_clock_that_is_years_off_locks_nobody_out_and_nobody_in(years: int) -> None:
    skewed = NOW + timedelta(days=365 * years)
    headers = {"date": "Fri, 20 Nov 2026 03:15:02 GMT"}

    def lease(request: Request) -> Answer:
        answer = pushed(request, pull=last_page())
        return Answer(status=200, headers=headers, body=answer.body)

    phone, _server = phone_with(lease, notes=1)
    phone.clock = phone.exchange.clock = lambda: skewed
    phone.store.remember(config_read_at=skewed.isoformat())
    assert phone.sync().is_done
    phone.clock = lambda: skewed + timedelta(days=13)
    assert phone.members() == {}
    phone.clock = lambda: skewed + timedelta(days=15)
    with pytest.raises(Locked):
        phone.members()


def test_nothing_new_costs_one_call_without_a_body() -> None:
    phone, server = phone_with(ok(last_page(), etag='"k3v9q2xa-9-1"'), Answer(status=304))
    assert phone.sync().is_done
    assert phone.sync().is_done
    assert server.seen[1].headers["If-None-Match"] == '"k3v9q2xa-9-1"'


def test_a_login_of_another_agent_touches_nothing() -> None:
    other = {"id": "01a1949e-d680-7a10-8c00-0000000000d9", "villages": []}
    body = {
        "token": "x",
        "lease_until": "2026-12-04T03:15:02.000Z",
        "agent": other,
        "device": {"id": ""},
    }
    phone, _server = phone_with(ok(body), notes=1)
    with pytest.raises(AnotherAgent):
        phone.log_in("PRS-3515-0043", password="contoh")  # noqa: S106  nobody's
    assert phone.store.fact("token") == TOKEN
    assert phone.numbers().not_yet_sent == 1


def test_a_dead_battery_at_any_moment_loses_nothing(tmp_path: Any) -> None:
    """The line breaks after the server had it all, and the app is killed: the next start asks."""
    path = str(tmp_path / "agent.sqlite")
    store = Store(path)
    op_id = Outbox(store).capture("device.note", {"code": "other"}, now=NOW)
    store.remember(
        token=TOKEN, pushed_at=NOW.isoformat(), config_read_at=NOW.isoformat(), cursor="c"
    )
    assert not new_app(Scripted([]), store=store, now=lambda: NOW).sync().is_done
    store.close()

    def known(request: Request) -> Answer:
        first = {"result": "applied", "ver": 3}
        result = {"seq": 1, "op_id": op_id, "result": "duplicate", "first": first}
        return pushed(request, results=[result], pull=last_page())

    phone = new_app(Scripted([known]), store=Store(path), now=lambda: NOW)
    assert phone.sync().is_done
    assert phone.result_of(op_id) == {"result": "applied", "ver": 3}
