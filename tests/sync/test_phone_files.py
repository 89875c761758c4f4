"""Photographs of the reference phone: announced, carried, carried on after a cut, stored."""

from typing import Any

import pytest

from enrollment.models import Member
from perisai import clock
from perisai.burdens import DELTA, under_load
from perisai.ids import new_id
from perisai.models import Agent
from sync.models import Upload, UploadPiece
from sync.services.upload_checks import check_next
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    in_book,
    registration_data,
)
from tests.phone.advice import Do
from tests.phone.app import Phone, Standing
from tests.phone.carrying import FIRST_PIECE
from tests.phone.files import CHECKING, OPEN, REFUSED, STORED, WAITING, Picture
from tests.sync.lines import Line, app_of
from tests.sync.photos import photo

pytestmark = pytest.mark.django_db
SMALL = photo("satu", side=(64, 48))
LARGE = photo("besar", side=(640, 420))


@pytest.fixture
def agent(db: None) -> Agent:
    """An agent whose registrations count."""
    return EligibleAgentFactory.create()


@pytest.fixture
def member(agent: Agent) -> Member:
    """Somebody in her book."""
    return in_book(MemberFactory.create(agent=agent))


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def phone(agent: Agent, member: Member, line: Line) -> Phone:
    """Her phone, with the member's row."""
    found = app_of(agent, line)
    assert found.sync().is_done
    return found


def picture(member: Member, content: bytes = SMALL) -> Picture:
    return Picture(content=content, about="member", about_id=str(member.pk), role="ktp")


def state(phone: Phone, file_id: str) -> str:
    upload = phone.files.upload(file_id)
    assert upload is not None
    return upload.state


def carried(line: Line) -> list[int]:
    """The sizes of the pieces that were sent."""
    return [len(one.body or b"") for one in line.seen if one.method == "PATCH"]


def checked_and_heard(phone: Phone) -> None:
    assert check_next(now=clock.now())
    assert phone.sync().is_done


def test_a_photo_of_a_day_without_network_reaches_the_members_row(
    phone: Phone, line: Line, agent: Agent
) -> None:
    """Announced behind the registration that it is about, in one outbox."""
    member_id = str(new_id())
    phone.capture("member.register", registration_data(1), entity_id=member_id)
    file_id = phone.attach(Picture(content=LARGE, about="member", about_id=member_id, role="ktp"))
    assert state(phone, file_id) == WAITING
    outcome = phone.sync()
    assert (outcome.is_done, outcome.files, state(phone, file_id)) == (True, 1, CHECKING)
    sizes = carried(line)
    assert (sizes[0], sum(sizes), len(sizes) > 1) == (FIRST_PIECE, len(LARGE), True)
    checked_and_heard(phone)
    assert state(phone, file_id) == STORED
    assert phone.members()[member_id]["files"] == ["ktp"]
    assert phone.sync().files == 0


@pytest.mark.parametrize("mood", ["lost", "deaf", "twice", "late", "cut"])
def test_f27_no_line_loses_or_doubles_a_photo(
    phone: Phone, line: Line, member: Member, mood: str
) -> None:
    file_id = phone.attach(picture(member, LARGE))
    line.will("ok", "ok", mood)  # the announcement, a piece, and the next one
    for _ in range(3):
        phone.sync()
        line.deliver_late()
    assert state(phone, file_id) == CHECKING
    checked_and_heard(phone)
    assert state(phone, file_id) == STORED
    assert phone.members()[str(member.pk)]["files"] == ["ktp"]
    assert Upload.objects.get().file is not None


def test_after_a_lost_answer_no_piece_is_sent_twice(
    phone: Phone, line: Line, member: Member
) -> None:
    """The line dies behind a piece that arrived: the phone asks, and goes on behind it."""
    file_id = phone.attach(picture(member, LARGE))
    line.will("ok", "deaf")
    outcome = phone.sync()
    assert (outcome.is_done, outcome.unsent, outcome.files) == (True, 0, 1)  # data never wait
    assert outcome.wait <= 30
    assert state(phone, file_id) == OPEN
    assert phone.loop.carrying.piece_bytes == FIRST_PIECE // 2
    assert phone.sync().is_done
    assert [one.method for one in line.seen][-1] in {"PATCH", "GET"}
    assert sum(carried(line)) == len(LARGE)
    assert state(phone, file_id) == CHECKING


def test_f28_what_arrived_otherwise_than_announced_begins_anew(
    phone: Phone, line: Line, member: Member
) -> None:
    file_id = phone.attach(picture(member))
    phone.store.db.execute("UPDATE file SET content = ?", (bytes(len(SMALL)),))
    assert phone.sync().is_done
    upload = phone.files.upload(file_id)
    assert upload is not None
    assert (upload.state, upload.sent) == (OPEN, 0)
    assert not UploadPiece.objects.exists()
    phone.store.db.execute("UPDATE file SET content = ?", (SMALL,))
    assert phone.sync().is_done
    assert (carried(line), state(phone, file_id)) == ([len(SMALL)] * 2, CHECKING)


def test_a_file_that_is_no_picture_is_photographed_again(phone: Phone, member: Member) -> None:
    file_id = phone.attach(picture(member, b"not a picture at all"))
    op_id = phone.outbox.all_ops()[-1].op_id
    assert phone.sync().is_done
    assert phone.standing_of(op_id) is Standing.DONE
    checked_and_heard(phone)
    assert state(phone, file_id) == REFUSED
    assert phone.standing_of(op_id) is Standing.REFUSED
    again = phone.photograph_again(file_id, picture(member))
    assert phone.sync().is_done
    checked_and_heard(phone)
    assert (state(phone, again), again != file_id) == (STORED, True)
    assert phone.outbox.all_ops()[-1].body["replaces"] == op_id


def test_what_the_server_has_already_needs_no_byte(
    phone: Phone, line: Line, member: Member
) -> None:
    phone.attach(picture(member))
    assert phone.sync().is_done
    checked_and_heard(phone)
    again = phone.attach(picture(member))
    assert phone.sync().is_done
    assert (carried(line), state(phone, again)) == ([len(SMALL)], STORED)


def test_a_photo_of_a_form_that_waits_is_not_sent(phone: Phone, line: Line, agent: Agent) -> None:
    """Its NIK is another member's: the form is held, and what is about it waits."""
    MemberFactory.create(number=1)
    member_id = str(new_id())
    phone.capture("member.register", registration_data(1), entity_id=member_id)
    file_id = phone.attach(Picture(content=SMALL, about="member", about_id=member_id, role="ktp"))
    outcome = phone.sync()
    assert (outcome.is_done, outcome.files, carried(line)) == (True, 1, [])
    assert state(phone, file_id) == WAITING


def test_a_restored_server_asks_for_the_bytes_again(
    phone: Phone, line: Line, member: Member
) -> None:
    """What was stored is kept on the phone as long as its announcement."""
    file_id = phone.attach(picture(member))
    assert phone.sync().is_done
    said: dict[str, Any] = {"result": "applied", "upload": {"state": "open", "offset": 0}}
    phone.files.learn(phone.outbox.all_ops()[-1].op_id, said)
    Upload.objects.update(offset=0, state="open")
    UploadPiece.objects.all().delete()
    assert phone.sync().is_done
    assert (carried(line), state(phone, file_id)) == ([len(SMALL)] * 2, CHECKING)


def test_a_photo_is_carried_while_the_server_sheds_pages(
    phone: Phone, member: Member, line: Line
) -> None:
    file_id = phone.attach(picture(member, LARGE))

    with under_load(1.0):
        outcome = phone.sync()

    assert (outcome.stopped_by, outcome.unsent, outcome.files) == (Do.WAIT, 0, 1)
    assert outcome.wait >= DELTA.seconds
    assert (sum(carried(line)), state(phone, file_id)) == (len(LARGE), CHECKING)
