"""The stored form of an encrypted value."""

import base64
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from perisai.privacy import (
    DecryptionFailed,
    KeyRingError,
    key_id_of,
    open_json,
    open_text,
    opener,
    seal_json,
    seal_text,
    sealer,
)
from tests.perisai.rings import key, lay, ring

LABEL = "member.nik"
ROW = UUID("019370a0-0000-7000-8000-000000000001")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(text=st.text(), pk=st.uuids(), padded=st.booleans())
def test_every_text_opens_in_its_own_row(text: str, pk: UUID, padded: bool) -> None:  # noqa: FBT001
    assert open_text(LABEL, pk, seal_text(LABEL, pk, text, padded=padded)) == text


@given(value=JSON, padded=st.booleans())
def test_every_json_value_opens_as_it_was(value: object, padded: bool) -> None:  # noqa: FBT001
    assert open_json(LABEL, ROW, seal_json(LABEL, ROW, value, padded=padded)) == value


def test_json_refuses_what_json_cannot_say() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        seal_json(LABEL, ROW, float("nan"))


def test_stored_form_is_the_documented_one(rings: Path) -> None:
    master = bytes(range(32))
    lay(rings / "field.json", ring("field", key(258, "active", secret=master), active=258))

    stored = seal_text(LABEL, ROW, "3300005111900001")

    column_key = HKDF(SHA256(), 32, None, b"perisai/field/1/member.nik").derive(master)
    aad = b"perisai/1\0member.nik\0" + ROW.bytes
    assert stored[:3] == b"\x01\x01\x02"
    assert len(stored) == 47
    assert AESGCM(column_key).decrypt(stored[3:15], stored[15:], aad) == b"3300005111900001"


@pytest.mark.parametrize(("length", "stored"), [(0, 47), (1, 47), (15, 47), (16, 63), (31, 63)])
def test_padding_hides_the_length(length: int, stored: int) -> None:
    sealed = seal_text("member.full_name", ROW, "a" * length, padded=True)
    assert (sealed[0], len(sealed)) == (2, stored)


def test_same_text_never_looks_the_same() -> None:
    assert seal_text(LABEL, ROW, "x") != seal_text(LABEL, ROW, "x")


@pytest.mark.parametrize(
    ("label", "pk"), [("member.nik", uuid4()), ("heir.nik", ROW)], ids=["other row", "other field"]
)
def test_swapped_ciphertext_fails(label: str, pk: UUID) -> None:
    sealed = seal_text(LABEL, ROW, "3300005111900001")
    with pytest.raises(DecryptionFailed):
        open_text(label, pk, sealed)
    assert open_text(LABEL, ROW, sealed) == "3300005111900001"


@given(place=st.integers(0, 46), flip=st.integers(1, 255))
def test_one_changed_byte_fails(place: int, flip: int) -> None:
    sealed = bytearray(seal_text(LABEL, ROW, "3300005111900001"))
    sealed[place] ^= flip
    with pytest.raises(DecryptionFailed):
        open_text(LABEL, ROW, bytes(sealed))


@given(rubbish=st.binary(max_size=80))
def test_rubbish_never_opens(rubbish: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        open_text(LABEL, ROW, rubbish)


def test_failure_is_logged_without_the_value() -> None:
    sealed = seal_text(LABEL, ROW, "3300005111900001")
    with capture_logs() as logs, pytest.raises(DecryptionFailed, match=r"^heir.nik: not of this"):
        open_text("heir.nik", ROW, sealed)
    assert logs == [
        {
            "event": "decryption_failed",
            "log_level": "error",
            "label": "heir.nik",
            "row": str(ROW),
            "key_id": 1,
        }
    ]


def test_wrong_key_of_the_same_id_fails_closed(rings: Path) -> None:
    sealed = seal_text(LABEL, ROW, "3300005111900001")
    lay(rings / "field.json", ring("field"))
    with pytest.raises(DecryptionFailed, match="not of this row, field and key"):
        open_text(LABEL, ROW, sealed)


def test_lost_key_fails_closed(rings: Path) -> None:
    sealed = seal_text(LABEL, ROW, "3300005111900001")
    lay(rings / "field.json", ring("field", key(2, "active"), active=2))
    with pytest.raises(DecryptionFailed, match="its key is not in the ring"):
        open_text(LABEL, ROW, sealed)


def test_lost_ring_fails_closed(rings: Path) -> None:
    sealed = seal_text(LABEL, ROW, "3300005111900001")
    (rings / "field.json").unlink()
    with pytest.raises(KeyRingError, match="No such file"):
        open_text(LABEL, ROW, sealed)
    with pytest.raises(KeyRingError, match="No such file"):
        seal_text(LABEL, ROW, "3300005111900001")


def test_old_values_open_after_a_new_key_is_active(rings: Path) -> None:
    first, second = key(1, "active"), key(2, "active")
    lay(rings / "field.json", ring("field", first))
    old = seal_text(LABEL, ROW, "old")
    lay(rings / "field.json", ring("field", first | {"state": "decrypt"}, second, active=2))
    new = seal_text(LABEL, ROW, "new")
    assert [key_id_of(old), key_id_of(new)] == [1, 2]
    assert [open_text(LABEL, ROW, old), open_text(LABEL, ROW, new)] == ["old", "new"]


def test_unknown_key_id_makes_the_process_read_its_ring_again(
    rings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = key(1, "active"), key(2, "active")
    both = ring("field", first | {"state": "decrypt"}, second, active=2)
    lay(rings / "field.json", both)
    from_another_process = seal_text(LABEL, ROW, "new")
    lay(rings / "field.json", ring("field", first))
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", 3600.0)
    assert key_id_of(seal_text(LABEL, ROW, "here")) == 1

    lay(rings / "field.json", both)

    assert open_text(LABEL, ROW, from_another_process) == "new"


def test_no_exception_text_holds_a_key(rings: Path) -> None:
    secret = key(1, "active")
    lay(rings / "field.json", ring("field", secret, secret))
    with pytest.raises(KeyRingError) as refused:
        seal_text(LABEL, ROW, "x")
    assert secret["key"] not in repr(refused.value)
    assert base64.b64decode(secret["key"]).hex() not in repr(refused.value)


@pytest.mark.parametrize("is_padded", [False, True])
def test_a_sealer_makes_what_seal_text_makes(is_padded: bool) -> None:  # noqa: FBT001
    seal = sealer("member.nik", padded=is_padded)
    first, second = uuid4(), uuid4()
    stored = seal(first, "SITI"), seal(second, "SITI")
    assert open_text("member.nik", first, stored[0]) == "SITI"
    assert open_text("member.nik", second, stored[1]) == "SITI"
    assert stored[0][3:15] != stored[1][3:15]
    with pytest.raises(DecryptionFailed):
        open_text("member.nik", second, stored[0])
    assert len(stored[0]) == len(seal_text("member.nik", first, "SITI", padded=is_padded))


@given(texts=st.lists(st.tuples(st.text(), st.booleans()), min_size=2, max_size=6))
def test_an_opener_reads_what_open_text_reads(texts: list[tuple[str, bool]]) -> None:
    open_ = opener(LABEL)
    stored = [seal_text(LABEL, ROW, text, padded=is_padded) for text, is_padded in texts]
    assert [open_(ROW.bytes, one) for one in stored] == [text for text, _ in texts]


@given(rubbish=st.binary(min_size=1, max_size=80), keeps_head=st.booleans())
def test_an_opener_that_knows_its_key_opens_no_rubbish(rubbish: bytes, keeps_head: bool) -> None:  # noqa: FBT001
    open_, good = opener(LABEL), seal_text(LABEL, ROW, "3300005111900001", padded=True)
    assert open_(ROW.bytes, good) == "3300005111900001"
    with pytest.raises(DecryptionFailed):
        open_(ROW.bytes, good[:3] + rubbish if keeps_head else rubbish)


def test_an_opener_leaves_null_as_it_is_and_reads_nothing_where_no_byte_is_left() -> None:
    assert [opener(LABEL)(ROW.bytes, stored) for stored in (None, b"")] == [None, ""]


def test_an_opener_opens_nothing_of_another_row_and_says_so_in_the_log() -> None:
    open_ = opener(LABEL)
    stored = [seal_text(LABEL, row, "SITI") for row in (ROW, uuid4())]
    assert open_(ROW.bytes, stored[0]) == "SITI"
    with capture_logs() as logs, pytest.raises(DecryptionFailed, match="not of this row"):
        open_(ROW.bytes, stored[1])
    assert [log["event"] for log in logs] == ["decryption_failed"]


def test_an_opener_reads_what_several_keys_made(rings: Path) -> None:
    first, second = key(1, "active"), key(2, "active")
    lay(rings / "field.json", ring("field", first))
    old = [seal_text(LABEL, ROW, text) for text in ("old", "older")]
    lay(rings / "field.json", ring("field", first | {"state": "decrypt"}, second, active=2))
    new = [seal_text(LABEL, ROW, text) for text in ("new", "newer")]
    open_ = opener(LABEL)
    mixed = (old[0], new[0], old[1], new[1])
    assert [open_(ROW.bytes, one) for one in mixed] == ["old", "new", "older", "newer"]
