"""What the reference phone does once it hears, in whatever way, that the server was restored."""

from datetime import timedelta
from functools import partial

from tests.phone.advice import Do
from tests.sync.scripts import (
    CONFIG,
    NOW,
    last_page,
    ok,
    phone_with,
    problem,
    pushed,
    sent,
)


def test_a_restored_server_gets_what_it_lost_even_if_nothing_is_new() -> None:
    phone, server = phone_with(pushed, ok(last_page()), notes=2)
    assert phone.sync().is_done
    standing = ok({"next_seq": 2, "book": {}})
    walk = ok(last_page(full=True, cursor="w1", epoch="neu"))
    server.answers.extend([problem("epoch_changed", 409), standing, pushed, ok(CONFIG), walk])
    assert phone.sync().is_done
    assert [op["seq"] for op in sent(server.seen[4])] == [2]


def test_a_page_of_another_history_tells_of_a_restore_too() -> None:
    """A phone that was about to walk has no cursor that could be refused."""
    phone, server = phone_with(pushed, ok(last_page()), notes=2)
    assert phone.sync().is_done
    phone.book.begin_walk()
    walk = last_page(full=True, cursor="w1", epoch="neu")
    standing = ok({"next_seq": 2, "book": {}})
    again = ok(last_page(epoch="neu"))
    server.answers.extend([ok(walk), standing, pushed, ok(CONFIG), again])
    assert phone.sync().is_done
    assert [op["seq"] for op in sent(server.seen[4])] == [2]
    assert not server.answers


def test_who_may_not_pull_hears_of_a_restore_by_the_next_place() -> None:
    """With the sign of life of the day: the server has less than it once acknowledged."""
    phone, server = phone_with(pushed, ok(last_page()), notes=2)
    assert phone.sync().is_done
    phone.store.remember(pushed_at=(NOW - timedelta(days=1)).isoformat())
    limited = {"problem": {"code": "device_limited", "status": 403}}
    alive = partial(pushed, next_seq=2, pull=limited)
    server.answers.extend([alive, ok({"next_seq": 2, "book": {}}), pushed, ok(CONFIG)])
    outcome = phone.sync()
    assert (outcome.stopped_by, outcome.unsent) == (Do.ONLY_SEND, 0)
    assert [op["seq"] for op in sent(server.seen[4])] == [2]
