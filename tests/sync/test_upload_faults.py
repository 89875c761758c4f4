"""Files that fail for reasons of ours, and those that waited, were said twice or corrected."""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from time_machine import travel

from perisai import clock
from perisai.ids import new_id
from perisai.privacy import DecryptionFailed
from perisai.services import picture_process
from retention.models import AttemptFile
from sync.models import Conflict, Operation
from sync.services import upload_checks
from sync.services.results import Outcome
from sync.services.stored import store_outcome
from sync.services.upload_checks import TAKEN_FOR, check_next, expire_uploads
from tests.factories.enrollment import CAPTURED_AT, registration_data
from tests.sync.offices import rule, supervisor_of
from tests.sync.phones import Phone, op, registering_phone
from tests.sync.photos import Photo, own_member, photo, send_whole, standing

pytestmark = pytest.mark.django_db
RAW = photo("satu")

# A process that does its work on small pictures alone.
DIES_OF_LARGE_ONES = [
    *(sys.executable, "-c"),
    "import sys\nif len(sys.stdin.buffer.read()) > 1000: sys.exit(1)\nprint('-' * 8)",
]


def whole(phone: Phone) -> Photo:
    """A photograph of a member's card, announced and sent."""
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    send_whole(phone, sent)
    return sent


def test_a_picture_that_ends_its_process_three_times_is_refused(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = whole(phone)
    monkeypatch.setattr(picture_process, "COMMAND", DIES_OF_LARGE_ONES)
    for tried in range(4):
        assert standing(phone, sent) == (len(RAW), "checking")
        assert check_next(now=CAPTURED_AT + tried * TAKEN_FOR)
        assert not check_next(now=CAPTURED_AT + tried * TAKEN_FOR)
    assert standing(phone, sent) == (len(RAW), "refused")


def test_no_photo_is_refused_while_the_process_fails_at_all(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = whole(phone)
    with monkeypatch.context() as broken:
        broken.setattr(picture_process, "COMMAND", ["/bin/false"])
        for tried in range(4):
            assert check_next(now=CAPTURED_AT + tried * TAKEN_FOR)
    assert check_next(now=CAPTURED_AT + 4 * TAKEN_FOR)
    assert standing(phone, sent) == (len(RAW), "stored")


def _locked_out(*_given: Any, **_named: Any) -> None:
    raise OperationalError


def _without_its_key(*_given: Any, **_named: Any) -> None:
    raise DecryptionFailed("upload.key", "unknown_key")


@pytest.mark.parametrize(
    ("name", "fault"), [("keep_picture", _locked_out), ("bytes_of", _without_its_key)]
)
def test_a_fault_of_ours_leaves_a_photo_where_it_is(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, name: str, fault: Callable[..., None]
) -> None:
    sent = whole(phone)
    with monkeypatch.context() as broken:
        broken.setattr(upload_checks, name, fault)
        for tried in range(4):
            with suppress(OperationalError):
                assert check_next(now=CAPTURED_AT + tried * TAKEN_FOR)
    assert check_next(now=CAPTURED_AT + 4 * TAKEN_FOR)
    assert standing(phone, sent) == (len(RAW), "stored")


def test_a_file_that_cannot_be_ended_keeps_no_other(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    member = own_member(phone).pk
    photos = [Photo(about_id=member, raw=RAW + bytes([number])) for number in range(3)]
    phone.push(*(one.declaration(seq) for seq, one in enumerate(photos, 1)))
    late = clock.now() + timedelta(days=31)

    def failing(row: Operation, outcome: Outcome) -> None:
        if row.entity_id == photos[0].upload_id:
            raise OperationalError
        store_outcome(row, outcome)

    with monkeypatch.context() as broken:
        broken.setattr(upload_checks, "store_outcome", failing)
        assert expire_uploads(now=late) == 2
    assert caplog.text.count("uploads_not_expired") == 1
    assert [standing(phone, one)[1] for one in photos] == ["open", "expired", "expired"]
    assert expire_uploads(now=late) == 1
    assert standing(phone, photos[0]) == (0, "expired")


def test_each_declaration_of_a_refused_file_hears_of_it(phone: Phone, other: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=b"%PDF-1.7 " + bytes(3000))
    phone.push(sent.declaration(1), sent.declaration(2), sent.declaration(3, size=7))
    send_whole(phone, sent)
    foreign = Photo(about_id=own_member(other, 2).pk, raw=RAW, upload_id=sent.upload_id)
    other.push(foreign.declaration(1))
    assert check_next(now=CAPTURED_AT)
    told = Operation.objects.filter(device=phone.device).order_by("seq")
    assert list(told.values_list("result", "code")) == [
        *[("rejected", "attachment_type")] * 2,
        ("rejected", "attachment_mismatch"),
    ]
    phone.pull()
    news = {row_id for entity, row_id in phone.rows if entity == "op_result"}
    assert news == {str(op_id) for op_id in told[:2].values_list("op_id", flat=True)}


def test_a_file_that_waited_has_its_thirty_days_from_its_effect() -> None:
    first, phone = registering_phone(), registering_phone()
    first.push(op(1, "member.register", data=registration_data(1)))
    member_id = new_id()
    card = Photo(about_id=member_id, raw=RAW)
    made = op(1, "member.register", entity_id=member_id, data=registration_data(1))
    phone.push(made, card.declaration(2))
    received_at = Operation.objects.get(device=phone.device, seq=2).received_at
    with travel(received_at + timedelta(days=29), tick=False):
        rule(Conflict.objects.get(), "merge", by=supervisor_of(first))
    assert expire_uploads(now=received_at + timedelta(days=59)) == 0
    assert expire_uploads(now=received_at + timedelta(days=59, seconds=1)) == 1


def test_a_file_goes_to_what_its_record_was_corrected_to(phone: Phone) -> None:
    """An attempt was refused; the one that stands for it has an id of its own."""
    tried = {"member_id": str(own_member(phone).pk), "unpaid_since": None, "channel": "visit"}
    refused = op(1, "follow_up.attempt", entity_id=new_id(), data=tried | {"contact": "bogus"})
    place = Photo(
        about_id=UUID(refused["entity_id"]), about="attempt", role="place", raw=photo("rumah")
    )
    results = phone.push(refused, place.declaration(2))
    assert [result["result"] for result in results] == ["rejected", "blocked"]
    better = op(
        *(3, "follow_up.attempt"),
        entity_id=new_id(),
        replaces=refused["op_id"],
        data=tried | {"contact": "not_home"},
    )
    phone.push(better)
    assert Operation.objects.get(seq=2).result == "applied"
    send_whole(phone, place)
    assert check_next(now=CAPTURED_AT)
    assert str(AttemptFile.objects.get().attempt_id) == better["entity_id"]
