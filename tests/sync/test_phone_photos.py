"""Photographs on the reference phone alone: how long their bytes are kept."""

from datetime import UTC, datetime, timedelta

from tests.phone.files import Files, Picture
from tests.phone.outbox import Outbox
from tests.phone.store import Store

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
MEMBER = "01a1ec6f-9ca0-7a10-8c00-0000000001a7"
OTHER = "01a0fa8d-eb80-7a10-8c00-000000000127"


def test_a_photo_is_kept_as_long_as_its_announcement() -> None:
    store = Store()
    outbox = Outbox(store)
    files = Files(store, outbox)
    visit = outbox.capture("follow_up.attempt", {"member_id": MEMBER}, now=NOW)
    of_visit = files.add(photo_of("attempt", visit), now=NOW)
    of_other = files.add(photo_of("member", OTHER), now=NOW)
    assert files.piece(of_other, start=2, length=3) == b"234"
    for op in outbox.all_ops():
        assert outbox.take_result({"op_id": op.op_id, "result": "applied"}, now=NOW)
    assert outbox.forget_about([MEMBER]) == 2  # the visit, and the photograph of it
    files.forget()
    assert (files.upload(of_visit), files.upload(of_other) is None) == (None, False)
    assert outbox.forget(now=NOW + timedelta(days=30)) == 1
    files.forget()
    assert files.unfinished() == []


def test_a_wiped_phone_holds_no_photo() -> None:
    store = Store()
    outbox = Outbox(store)
    Files(store, outbox).add(photo_of("member", MEMBER), now=NOW)
    store.wipe()
    assert Files(store, outbox).unfinished() == []


def photo_of(about: str, about_id: str) -> Picture:
    return Picture(content=b"0123456789", about=about, about_id=about_id, role="place")
