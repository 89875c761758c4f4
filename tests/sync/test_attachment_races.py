"""Files beside each other: pieces, declarations and workers, each in a connection of its own."""

from datetime import timedelta

import pytest

from enrollment.models import MemberFile
from enrollment.services.erasure import erase_member
from perisai.models import ErasureReason, StoredFile
from sync.models import Upload, UploadPiece
from sync.services.upload_checks import check_next
from tests.factories.enrollment import CAPTURED_AT
from tests.factories.payments import NOW
from tests.factories.perisai import DeviceFactory
from tests.sync.phones import Phone, phone_of
from tests.sync.photos import Photo, own_member, photo, send_piece, send_whole, standing, stored
from tests.sync.test_push_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

SENDS = 6
RAW = photo("lomba")


def test_one_of_the_same_pieces_at_once_is_kept(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    answers = at_once(SENDS, lambda _: send_piece(phone, sent, 0, RAW[:1000]).status_code)
    assert sorted(answers) == [204, *[409] * (SENDS - 1)]
    assert standing(phone, sent) == (1000, "open")
    assert UploadPiece.objects.count() == 1


def test_two_phones_together_declare_no_more_than_a_record_takes(phone: Phone) -> None:
    twin = phone_of(DeviceFactory.create(agent=phone.device.agent))
    member = own_member(phone)

    def declare(number: int) -> list[str]:
        photos = [Photo(about_id=member.pk, raw=RAW + b"%d-%d" % (number, n)) for n in range(6)]
        sent = [one.declaration(seq) for seq, one in enumerate(photos, start=1)]
        return [result["result"] for result in (phone, twin)[number].push(*sent)]

    words = [word for said in at_once(2, declare) for word in said]
    assert sorted(words) == ["applied"] * 10 + ["rejected"] * 2
    assert Upload.objects.count() == 10


def test_workers_beside_each_other_keep_a_file_once(phone: Phone) -> None:
    sent = Photo(about_id=own_member(phone).pk, raw=RAW)
    phone.push(sent.declaration(1))
    send_whole(phone, sent)
    later = [CAPTURED_AT, CAPTURED_AT + timedelta(hours=1), CAPTURED_AT + timedelta(hours=2)]
    at_once(3, lambda number: check_next(now=later[number]))
    assert standing(phone, sent) == (len(RAW), "stored")
    assert (StoredFile.objects.count(), MemberFile.objects.count()) == (1, 1)
    phone.pull()
    assert phone.agrees()


def test_a_shared_content_is_never_linked_and_gone(phone: Phone) -> None:
    """One is forgotten while the same card is declared for another."""
    wife, husband = own_member(phone, 1), own_member(phone, 2)
    stored(phone, Photo(about_id=wife.pk, raw=RAW, role="kk"), 1)
    again = Photo(about_id=husband.pk, raw=RAW, role="kk")

    def act(number: int) -> None:
        if number:
            phone.push(again.declaration(2))
        else:
            reason = ErasureReason.REQUEST
            erase_member(wife.pk, by=None, reason=reason, request_id=None, now=NOW)

    at_once(2, act)
    if standing(phone, again)[1] == "stored":
        assert MemberFile.objects.get(member=husband).file.content is not None
    else:
        assert standing(phone, again) == (0, "open")
        assert not StoredFile.objects.kept().exists()
