"""What a busy process sheds of a book, told apart where the page is read."""

import pytest

from perisai.burdens import DELTA, UNCHANGED, WALK, under_load
from tests.sync.pebbles import laid, lay_many, lay_op
from tests.sync.phones import Phone, new_ids, owner, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pebbles")]

TOO_MUCH_FOR_A_WALK = (WALK.most_load + DELTA.most_load) / 2
TOO_MUCH_FOR_A_DELTA = (DELTA.most_load + UNCHANGED.most_load) / 2


def tagged(phone: Phone) -> tuple[int, str]:
    """What the phone's question whether anything is new is answered with: status and code."""
    answer = phone.ask(phone.cursor, headers={"If-None-Match": phone.tag})
    return problem(answer) if answer.status_code >= 400 else (answer.status_code, "")


def test_news_are_a_delta_though_they_were_asked_for_with_a_tag(phone: Phone) -> None:
    phone.pull()
    with under_load(TOO_MUCH_FOR_A_DELTA):
        assert tagged(phone) == (304, "")
    lay_many(owner(phone), new_ids(1))
    with under_load(TOO_MUCH_FOR_A_DELTA):
        assert tagged(phone) == (503, "unavailable")
    with under_load(TOO_MUCH_FOR_A_WALK):
        assert tagged(phone) == (200, "")


def test_a_walk_that_goes_on_is_a_walk(phone: Phone) -> None:
    lay_many(owner(phone), new_ids(60), text="x" * 400)
    first = phone.ask(None, max_bytes=16 * 1024).json()
    assert (first["full"], first["more"]) == (True, True)
    with under_load(TOO_MUCH_FOR_A_WALK):
        answer = phone.ask(first["cursor"], max_bytes=16 * 1024)
    assert problem(answer) == (503, "unavailable")
    assert WALK.seconds <= int(answer.headers["Retry-After"]) <= 2 * WALK.seconds
    phone.apply(first)
    phone.pull()
    assert phone.agrees()


def test_a_push_is_carried_out_and_its_walk_is_shed(phone: Phone) -> None:
    with under_load(TOO_MUCH_FOR_A_WALK):
        shed = phone.send([lay_op(1)], pull={})
    answer = shed.json()
    assert (shed.status_code, answer["ack_seq"], laid()) == (200, 1, 1)
    refused = answer["pull"]["problem"]
    assert refused["code"] == "unavailable"
    assert WALK.seconds <= refused["retry_after"] <= 2 * WALK.seconds
    assert shed.headers["Retry-After"] == str(refused["retry_after"])
    phone.pull()
    with under_load(TOO_MUCH_FOR_A_WALK):
        answer = phone.send([lay_op(2)], pull={"cursor": phone.cursor}).json()
    assert [change["op"] for change in answer["pull"]["changes"]] == ["put"]
