"""Files of phones: declared by an operation, sent in pieces, and sent on after any cut."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import OperationalError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import DiskFull

from enrollment.models import Member, MemberFile
from perisai.ids import new_id
from perisai.models import StoredFile
from sync.models import Conflict, Operation, Upload, UploadPiece
from sync.services import book
from sync.services.upload_checks import check_next, expire_uploads
from tests.factories.enrollment import CAPTURED_AT, registration_data
from tests.statements import counted
from tests.sync.offices import rule, supervisor_of
from tests.sync.phones import Phone, new_phone, op, owner, problem, registering_phone
from tests.sync.photos import (
    Photo,
    own_member,
    photo,
    send_cut,
    send_piece,
    send_whole,
    standing,
    stored,
)

pytestmark = pytest.mark.django_db
RAW = photo("satu")
SMALL = photo("dua", side=(48, 32))


def declared(phone: Phone, **said: Any) -> Photo:
    """A photograph of a member's card, announced."""
    sent = Photo(about_id=own_member(phone).pk, raw=RAW, **said)
    (result,) = phone.push(sent.declaration(1))
    assert result["upload"] == {"state": "open", "offset": 0}, result
    return sent


def roles_in_book(phone: Phone, sent: Photo) -> list[str]:
    phone.pull()
    roles: list[str] = phone.rows["member", str(sent.about_id)][1]["files"]
    return roles


def test_a_photo_goes_from_the_declaration_to_the_members_row(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    (result,) = phone.push(sent.declaration(1))
    assert {key: value for key, value in result.items() if key not in {"seq", "op_id"}} == {
        "result": "applied",
        "entity": "attachment",
        "entity_id": str(sent.upload_id),
        "upload": {"state": "open", "offset": 0},
    }
    assert roles_in_book(phone, sent) == []
    send_whole(phone, sent, [1000])
    assert standing(phone, sent) == (len(RAW), "checking")
    assert check_next(now=CAPTURED_AT)
    assert standing(phone, sent) == (len(RAW), "stored")
    assert roles_in_book(phone, sent) == ["ktp"]
    assert phone.agrees()
    assert not UploadPiece.objects.exists()
    assert Upload.objects.get().key is None
    assert not check_next(now=CAPTURED_AT)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edges=st.lists(st.integers(1, len(SMALL) + 7), max_size=3, unique=True),
    cut=st.floats(0, 0.99),
)
def test_f27_attachment_resumes_at_any_byte(phone: Phone, edges: list[int], cut: float) -> None:
    seq = Operation.objects.filter(device=phone.device).count() + 1
    member = Member.objects.filter(agent=owner(phone)).first() or own_member(phone)
    raw = SMALL + b"%08d" % seq  # another content of the same length
    sent = Photo(about_id=member.pk, raw=raw)
    phone.push(sent.declaration(seq))
    for start, end in pairwise([0, *sorted(edges), len(raw)]):
        piece = raw[start:end]  # the line breaks inside: nothing of it counts
        answer = send_cut(phone, sent, start, piece[: int(len(piece) * cut)], announced=len(piece))
        assert problem(answer) == (400, "invalid_envelope")
        assert standing(phone, sent) == (start, "open")
        assert send_piece(phone, sent, start, piece).status_code == 204
        answer = send_piece(phone, sent, start, piece)  # the answer was lost
        assert (*problem(answer), answer.json()["offset"]) == (409, "offset_mismatch", end)
    assert standing(phone, sent) == (len(raw), "checking")
    assert check_next(now=CAPTURED_AT)
    assert roles_in_book(phone, sent) == ["ktp"]
    assert MemberFile.objects.filter(member=sent.about_id).count() == seq


def test_f28_wrong_hash_starts_over(phone: Phone) -> None:
    sent = declared(phone)
    assert send_piece(phone, sent, 0, RAW[:1000]).status_code == 204
    answer = send_piece(phone, sent, 1000, bytes(len(RAW) - 1000))
    assert problem(answer) == (422, "hash_mismatch")
    assert standing(phone, sent) == (0, "open")
    assert not UploadPiece.objects.exists()
    send_whole(phone, sent)
    assert standing(phone, sent) == (len(RAW), "checking")


def test_f29_disk_full(phone: Phone) -> None:
    sent = declared(phone)
    assert send_piece(phone, sent, 0, RAW[:1000]).status_code == 204

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if 'INSERT INTO "sync_uploadpiece"' in sql:
            raise OperationalError from DiskFull()
        return execute(sql, *rest)

    with connection.execute_wrapper(full):
        answer = send_piece(phone, sent, 1000, RAW[1000:])
        assert problem(answer) == (503, "unavailable")
        assert answer.headers["Retry-After"]
        assert standing(phone, sent) == (1000, "open")
        (result,) = phone.push(op(2))
        assert result["result"] == "applied"  # data never wait for files
    assert send_piece(phone, sent, 1000, RAW[1000:]).status_code == 204
    assert check_next(now=CAPTURED_AT)
    assert roles_in_book(phone, sent) == ["ktp"]


def test_another_agents_file_is_unknown(phone: Phone, other: Phone) -> None:
    sent = declared(phone)
    unknown = Photo(about_id=sent.about_id, raw=RAW)
    for wanted in (sent, unknown):
        assert other.client.head(wanted.url).status_code == 404
        assert problem(send_piece(other, wanted, 0, RAW)) == (404, "not_found")
    assert standing(phone, sent) == (0, "open")
    mine = Photo(about_id=own_member(other, 2).pk, raw=RAW, upload_id=sent.upload_id)
    (result,) = other.push(mine.declaration(1))
    assert result["problem"]["code"] == "attachment_mismatch"


def test_a_piece_past_the_size_or_larger_than_any_is_refused(phone: Phone) -> None:
    sent = declared(phone)
    assert problem(send_piece(phone, sent, 0, RAW + b"x")) == (413, "payload_too_large")
    answer = send_piece(phone, sent, 0, bytes(512 * 1024 + 1))
    assert (*problem(answer), answer.json()["limits"]) == (
        *(413, "payload_too_large"),
        {"bytes": 512 * 1024},
    )
    assert standing(phone, sent) == (0, "open")


@pytest.mark.parametrize("offset", ["", "-1", "1.0", "x" * 10, "9" * 10])
def test_a_piece_says_where_it_begins(phone: Phone, offset: str) -> None:
    sent = declared(phone)
    answer = send_piece(phone, sent, 0, RAW, **{"Upload-Offset": offset})
    assert problem(answer) == (400, "invalid_envelope")
    answer = phone.client.patch(sent.url, {"a": 1}, headers={"Upload-Offset": "0"})
    assert problem(answer) == (415, "unsupported_encoding")
    assert standing(phone, sent) == (0, "open")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"size": 1_000_001}, "attachment_too_large"),
        ({"type": "image/gif"}, "attachment_type"),
        ({"size": 0}, "invalid"),
        ({"sha256": "AB" * 32}, "invalid"),
        ({"about": "payment"}, "invalid"),
        ({"role": "selfie"}, "invalid"),
        ({"about_id": str(new_id())}, "not_in_book"),
    ],
)
def test_what_no_file_may_be_is_refused(phone: Phone, said: dict[str, Any], code: str) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    (result,) = phone.push(sent.declaration(1, **said))
    assert (result["result"], result["problem"]["code"]) == ("rejected", code)
    assert not Upload.objects.exists()


def test_one_id_means_one_content_for_ever(phone: Phone) -> None:
    sent = declared(phone)
    send_piece(phone, sent, 0, RAW[:10])
    again, changed = phone.push(sent.declaration(2), sent.declaration(3, size=len(RAW) - 1))
    assert again["upload"] == {"state": "open", "offset": 10}
    assert changed["problem"]["code"] == "attachment_mismatch"


def test_a_record_takes_ten_files(phone: Phone) -> None:
    member = own_member(phone)
    ops = [
        Photo(about_id=member.pk, raw=RAW).declaration(seq, sha256=f"{seq:064x}")
        for seq in range(1, 12)
    ]
    results = phone.push(*ops)
    assert [result["result"] for result in results] == ["applied"] * 10 + ["rejected"]
    assert results[-1]["problem"]["code"] == "too_many_files"


def test_the_same_content_of_one_agent_needs_no_byte(phone: Phone, other: Phone) -> None:
    first = Photo(about_id=own_member(phone).pk, raw=RAW, role="kk")
    stored(phone, first, 1)
    second = Photo(about_id=own_member(phone, 2).pk, raw=RAW, role="kk")
    (result,) = phone.push(second.declaration(2))
    assert result["upload"] == {"state": "stored", "offset": len(RAW)}
    assert "ver" in result
    assert roles_in_book(phone, second) == ["kk"]
    assert StoredFile.objects.count() == 1
    foreign = Photo(about_id=own_member(other, 3).pk, raw=RAW)
    (result,) = other.push(foreign.declaration(1))
    assert result["upload"] == {"state": "open", "offset": 0}


def test_what_is_no_picture_is_refused_with_a_last_word(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=b"%PDF-1.7 " + bytes(3000))
    declaration = sent.declaration(1)
    phone.push(declaration)
    send_whole(phone, sent)
    assert check_next(now=CAPTURED_AT)
    assert standing(phone, sent) == (len(sent.raw), "refused")
    assert roles_in_book(phone, sent) == []
    told = phone.rows["op_result", declaration["op_id"]][1]
    assert (told["result"], told["problem"]["code"]) == ("rejected", "attachment_type")
    assert phone.push(declaration)[0]["first"]["result"] == "rejected"
    assert problem(send_piece(phone, sent, 0, b"x")) == (422, "attachment_type")
    assert not StoredFile.objects.exists()


def test_a_file_that_is_never_sent_dies_after_thirty_days(phone: Phone) -> None:
    sent = declared(phone)
    send_piece(phone, sent, 0, RAW[:10])
    begun = Upload.objects.get().declared_at
    assert expire_uploads(now=begun + timedelta(days=30)) == 0
    assert expire_uploads(now=begun + timedelta(days=30, seconds=1)) == 1
    assert standing(phone, sent) == (10, "expired")
    assert problem(send_piece(phone, sent, 10, RAW[10:])) == (422, "attachment_expired")
    assert not UploadPiece.objects.exists()
    roles_in_book(phone, sent)
    (told,) = [row for (entity, _id), (_ver, row) in phone.rows.items() if entity == "op_result"]
    assert told["problem"]["code"] == "attachment_expired"


def test_a_declaration_waits_for_what_it_is_about() -> None:
    """A held registration, and an attempt on it that waits: the files of both wait too."""
    first, phone = registering_phone(), registering_phone()
    first.push(op(1, "member.register", data=registration_data(1)))
    member_id, attempt_id = new_id(), new_id()
    tried = {"member_id": str(member_id), "unpaid_since": None, "channel": "visit"}
    card = Photo(about_id=member_id, raw=RAW)
    place = Photo(about_id=attempt_id, about="attempt", role="place", raw=photo("rumah"))
    results = phone.push(
        op(1, "member.register", entity_id=member_id, data=registration_data(1)),
        card.declaration(2),
        op(3, "follow_up.attempt", entity_id=attempt_id, data=tried | {"contact": "not_home"}),
        place.declaration(4),
    )
    assert [(result["result"], result.get("code")) for result in results] == [
        ("conflict", "duplicate_identity"),
        *[("blocked", "needs_op")] * 3,
    ]
    assert problem(send_piece(phone, card, 0, RAW)) == (404, "not_found")
    rule(Conflict.objects.get(), "merge", by=supervisor_of(first))
    assert standing(phone, card) == (0, "open")
    assert standing(phone, place) == (0, "open")


def test_late_work_brings_its_file_to_the_new_agents_member(phone: Phone, other: Phone) -> None:
    member = own_member(phone)
    with book.recording() as changes:
        Member.objects.filter(pk=member.pk).update(agent=owner(other))
        changes.drop(owner(phone), "member", [member.pk], reason="reassigned")
        changes.put(owner(other), "member", [member.pk])
    sent = Photo(about_id=member.pk, raw=RAW)
    (result,) = phone.push(sent.declaration(1))
    assert (result["result"], result["code"], result["credited"]) == (
        *("redirected", "reassigned"),
        True,
    )
    send_whole(phone, sent)
    assert check_next(now=CAPTURED_AT)
    assert roles_in_book(other, sent) == ["ktp"]
    phone.pull()
    assert ("member", str(member.pk)) not in phone.rows


def test_what_a_lost_phone_declares_waits_for_a_person(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = CAPTURED_AT - timedelta(days=20)
    device.save(update_fields=["state", "wipe", "lost_at"])
    (result,) = phone.push(sent.declaration(1))
    assert (result["result"], result["code"]) == ("conflict", "device_lost")
    assert Conflict.objects.get().entity_id == sent.about_id
    assert problem(send_piece(phone, sent, 0, RAW)) == (404, "not_found")
    rule(Conflict.objects.get(), "apply", by=supervisor_of(phone))
    send_whole(phone, sent)  # what is told before the wipe arrives
    assert standing(phone, sent) == (len(RAW), "checking")


def test_a_lost_phone_learns_nothing_of_what_anothers_visit_is_about(
    phone: Phone, other: Phone
) -> None:
    """Not by a visit of its own under the same id either."""
    met = {"unpaid_since": None, "channel": "visit", "contact": "not_home"}
    theirs, visit = own_member(other, 2).pk, new_id()
    told = {"entity_id": visit, "data": met | {"member_id": str(theirs)}}
    assert other.push(op(1, "follow_up.attempt", **told))[0]["result"] == "applied"
    mine = met | {"member_id": str(own_member(phone).pk)}
    device = phone.device
    device.state, device.wipe = "lost", "drain_then_wipe"
    device.lost_at = CAPTURED_AT - timedelta(days=20)
    device.save(update_fields=["state", "wipe", "lost_at"])
    asked = [Photo(about="attempt", about_id=visit, role="place") for _ in range(2)]

    (refused,) = phone.push(asked[0].declaration(1))
    answers = phone.push(
        op(2, "follow_up.attempt", entity_id=visit, data=mine), asked[1].declaration(3)
    )

    assert (refused["result"], refused["problem"]["code"]) == ("rejected", "not_in_book")
    assert [one["code"] for one in answers] == ["device_lost"] * 2
    assert str(theirs) not in str([refused, *answers])
    assert not Conflict.objects.filter(entity_id=theirs).exists()


def test_a_declaration_costs_at_most_fifteen_statements(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    with counted() as statements:
        phone.push(sent.declaration(1))
    assert len(statements) <= 15, len(statements)


def test_a_piece_costs_the_same_wherever_it_lies() -> None:
    spent = []
    for number, cut in ((1, 10), (2, 2000)):
        phone = new_phone()
        sent = Photo(about_id=own_member(phone, number).pk, raw=RAW)
        phone.push(sent.declaration(1))
        send_piece(phone, sent, 0, RAW[:cut])
        with counted() as statements:
            send_piece(phone, sent, cut, RAW[cut : cut + 10])
        spent.append(len(statements))
    assert spent[0] == spent[1] <= 6
