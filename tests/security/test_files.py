"""Photographs at rest: no plain byte, each piece in its own place, gone with their person."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from enrollment.models import Member, MemberFile
from enrollment.services.erasure import erase_member
from enrollment.services.member_files import merge_files
from perisai.ids import new_id
from perisai.models import ErasureReason, StoredFile
from perisai.pictures import cleaned
from perisai.privacy import DecryptionFailed, new_file_key, open_file, seal_file
from perisai.purging import purge_of
from perisai.services.purges import run_purge
from perisai.services.stored_files import content_of, thumbnail_of
from retention.models import AttemptFile
from sync.models import Operation, Upload, UploadPiece
from sync.services.upload_checks import check_next
from sync.services.uploads import bytes_of
from tests.factories.enrollment import CAPTURED_AT
from tests.factories.payments import NOW
from tests.sync.phones import Phone, new_phone, op, problem
from tests.sync.photos import Photo, own_member, photo, send_piece, send_whole, stored

pytestmark = pytest.mark.django_db
RAW = photo("rahasia")


@pytest.fixture
def phone() -> Phone:
    """A phone of an agent of its own."""
    return new_phone()


def forget(member_id: UUID) -> None:
    erase_member(member_id, by=None, reason=ErasureReason.REQUEST, request_id=None, now=NOW)


def visited(phone: Phone, member: Member, seq: int) -> UUID:
    """A visit that the phone tells of."""
    said = {"member_id": str(member.pk), "unpaid_since": None, "channel": "visit"}
    attempt_id = new_id()
    sent = op(seq, "follow_up.attempt", entity_id=attempt_id, data=said | {"contact": "not_home"})
    (result,) = phone.push(sent)
    assert result["result"] == "applied", result
    return attempt_id


def bytes_at_rest() -> bytes:
    """Every byte column of every table that knows files."""
    found = b""
    for table in (Upload, UploadPiece, StoredFile, Operation):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table._meta.db_table}")  # noqa: S608  our own name
            for row in cursor.fetchall():
                found += b"|".join(
                    bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                    for value in row
                )
    return found


def test_no_plain_bytes_on_disk(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    send_piece(phone, sent, 0, RAW[:2000])
    assert RAW[:16] not in bytes_at_rest()
    send_piece(phone, sent, 2000, RAW[2000:])
    assert check_next(now=CAPTURED_AT)
    file = StoredFile.objects.get()
    kept = content_of(file.pk)
    assert kept is not None
    assert kept[:3] == b"\xff\xd8\xff"
    assert kept[:16] not in bytes_at_rest()
    assert kept[200:264] not in bytes_at_rest()


def test_chunk_swap(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    send_piece(phone, sent, 0, RAW[:1000])
    send_piece(phone, sent, 1000, RAW[1000:2000])
    first, second = UploadPiece.objects.order_by("offset")
    first.content, second.content = second.content, first.content
    first.save(update_fields=["content"])
    second.save(update_fields=["content"])
    with pytest.raises(DecryptionFailed):
        bytes_of(Upload.objects.get())


@pytest.mark.parametrize("sealed", [b"", b"\x02" + bytes(40), bytes(5)])
def test_bytes_open_in_their_place_with_their_key_alone(sealed: bytes) -> None:
    key = new_file_key()
    assert open_file(key, b"here", seal_file(key, b"here", b"x")) == b"x"
    for wrong in ((new_file_key(), b"here"), (key, b"there")):
        with pytest.raises(DecryptionFailed):
            open_file(*wrong, seal_file(key, b"here", b"x"))
    with pytest.raises(DecryptionFailed):
        open_file(key, b"here", sealed)


def test_a_stored_file_is_never_changed_and_a_link_ends_once(phone: Phone) -> None:
    stored(phone, Photo(about_id=own_member(phone).pk, raw=RAW), 1)
    with pytest.raises(IntegrityError, match="never changed"), connection.cursor() as cursor:
        cursor.execute("UPDATE perisai_storedfile SET content = 'x'")


def test_a_link_to_a_file_ends_once(phone: Phone) -> None:
    stored(phone, Photo(about_id=own_member(phone).pk, raw=RAW), 1)
    MemberFile.objects.update(ended_at=NOW)
    with pytest.raises(IntegrityError, match="ends once"):
        MemberFile.objects.update(ended_at=NOW + timedelta(days=1))


def test_an_erasure_takes_files_uploads_and_links(phone: Phone) -> None:
    member = own_member(phone)
    visit = visited(phone, member, 1)
    stored(phone, Photo(about_id=member.pk, raw=RAW), 2)
    of_visit = Photo(about_id=visit, about="attempt", role="place", raw=photo("rumah"))
    stored(phone, of_visit, 3)
    begun = Photo(about_id=member.pk, role="kk", raw=photo("kk"))
    whole = Photo(about_id=member.pk, role="face", raw=photo("wajah"))
    phone.push(begun.declaration(4), whole.declaration(5))
    send_piece(phone, begun, 0, begun.raw[:100])
    send_whole(phone, whole)
    forget(member.pk)
    for file in StoredFile.objects.all():
        assert (file.content, file.thumbnail, file.key, file.sha256) == (None, None, None, None)
        assert content_of(file.pk) is None
        assert thumbnail_of(file.pk) is None
    links = [*MemberFile.objects.all(), *AttemptFile.objects.all()]
    assert [link.ended_at for link in links] == [NOW, NOW]
    assert not Upload.objects.exists()
    assert not UploadPiece.objects.exists()
    assert problem(send_piece(phone, begun, 100, begun.raw[100:])) == (404, "not_found")
    assert not check_next(now=NOW)


def test_an_erasure_leaves_what_another_record_has_too(phone: Phone) -> None:
    """One family card of two members."""
    wife, husband = own_member(phone, 1), own_member(phone, 2)
    stored(phone, Photo(about_id=wife.pk, raw=RAW, role="kk"), 1)
    phone.push(Photo(about_id=husband.pk, raw=RAW, role="kk").declaration(2))
    file = StoredFile.objects.get()
    forget(wife.pk)
    assert content_of(file.pk) is not None
    forget(husband.pk)
    assert content_of(file.pk) is None


def test_a_worker_is_not_faster_than_an_erasure(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    send_whole(phone, sent)

    def forget_meanwhile(raw: bytes) -> object:
        forget(sent.about_id)
        return cleaned(raw)

    monkeypatch.setattr("sync.services.upload_checks.clean_apart", forget_meanwhile)
    assert check_next(now=CAPTURED_AT)
    assert not StoredFile.objects.exists()
    assert not MemberFile.objects.exists()


def test_photos_of_cards_end_after_their_period_and_phones_are_told(phone: Phone) -> None:
    member = own_member(phone)
    stored(phone, Photo(about_id=member.pk, raw=RAW), 1)
    stored(phone, Photo(about_id=member.pk, role="consent", raw=photo("jempol")), 2)
    purge = purge_of("photos")
    assert purge is not None
    run_purge(purge, now=CAPTURED_AT + timedelta(days=364))
    assert StoredFile.objects.kept().count() == 2
    run_purge(purge, now=CAPTURED_AT + timedelta(days=366))
    (left,) = StoredFile.objects.kept()
    assert MemberFile.objects.get(file=left).role == "consent"
    phone.pull()
    assert phone.rows["member", str(member.pk)][1]["files"] == ["consent"]


def test_files_of_attempts_end_with_the_texts(phone: Phone) -> None:
    visit = visited(phone, own_member(phone), 1)
    stored(phone, Photo(about_id=visit, about="attempt", role="place", raw=RAW), 2)
    purge = purge_of("attempt_files")
    assert purge is not None
    run_purge(purge, now=CAPTURED_AT + timedelta(days=1_094))
    assert StoredFile.objects.kept().exists()
    run_purge(purge, now=CAPTURED_AT + timedelta(days=1_096))
    assert not StoredFile.objects.kept().exists()


def test_files_go_with_a_member_recorded_twice(phone: Phone) -> None:
    losing, winning = own_member(phone, 1), own_member(phone, 2)
    stored(phone, Photo(about_id=losing.pk, raw=RAW), 1)
    merge_files(losing.pk, winning.pk)
    merge_files(losing.pk, winning.pk)
    assert MemberFile.objects.get(member=winning).role == "ktp"
    file = StoredFile.objects.get()
    forget(losing.pk)
    assert content_of(file.pk) is not None
