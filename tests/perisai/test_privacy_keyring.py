"""Key rings as files, and the check that refuses bad ones."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from perisai.privacy import KeyRingError, UnknownKey
from perisai.privacy.checks import check_key_rings
from perisai.privacy.keyring import new_ring, read_ring, ring_document, write_ring
from tests.perisai.rings import key, lay, ring

SHORT = {"id": 1, "created": "2026-11-20", "state": "active", "key": "c2hvcnQ="}


def faults() -> list[str]:
    """What the check says of the rings that the settings name."""
    return [fault.msg for fault in check_key_rings(None)]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("no json", "not JSON"),
        ([], "not in the format perisai-keyring/1"),
        (ring("field") | {"format": "perisai-keyring/2"}, "not in the format perisai-keyring/1"),
        (ring("index"), "not for the purpose field"),
        (ring("field") | {"keys": []}, "holds no key"),
        (ring("field", SHORT), "not 32 bytes long"),
        (ring("field", SHORT | {"key": "§"}), "not base64"),
        (ring("field", SHORT | {"key": 7}), "lacks id, created, state or key"),
        (ring("field", key(0, "active")), "impossible id or state"),
        (ring("field", key(65_536, "active")), "impossible id or state"),
        (ring("field", key(1, "asleep")), "impossible id or state"),
        (ring("field", key(1, "active"), key(1)), "one id twice"),
        (ring("field", key(1)), "one active key"),
        (ring("field", key(1, "active"), key(2, "active")), "one active key"),
        (ring("field", key(1, "active"), active=2), "one active key"),
    ],
)
def test_ring_that_is_not_whole_is_refused(rings: Path, document: Any, fault: str) -> None:
    lay(rings / "field.json", document)
    with pytest.raises(KeyRingError, match=fault):
        read_ring(rings / "field.json", "field")
    assert len(faults()) == 1
    assert fault in faults()[0]


def test_sound_rings_pass_the_check(rings: Path) -> None:
    assert faults() == []


def test_check_runs_with_every_command(rings: Path) -> None:
    (rings / "index.json").unlink()
    assert [fault.id for fault in run_checks() if "KEYS_FILE" in fault.msg] == ["perisai.E003"]


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644, 0o660, 0o700, 0o777])
def test_ring_that_others_may_read_is_refused(rings: Path, mode: int) -> None:
    (rings / "index.json").chmod(mode)
    assert faults() == [f"INDEX_KEYS_FILE: mode {mode:04o} is wider than 0400 or 0600."]


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_ring_for_its_owner_alone_passes(rings: Path, mode: int) -> None:
    (rings / "index.json").chmod(mode)
    assert faults() == []


def test_one_key_for_two_purposes_is_refused(rings: Path) -> None:
    shared = key(1, "active")
    lay(rings / "field.json", ring("field", shared))
    lay(rings / "index.json", ring("index", shared))
    assert faults() == [
        "FIELD_KEYS_FILE, INDEX_KEYS_FILE, PROOF_KEYS_FILE: "
        "a key appears twice; every key has one use."
    ]


def test_written_ring_reads_as_it_was_and_belongs_to_its_owner(rings: Path) -> None:
    grown = new_ring("field", date(2026, 11, 20)).with_new_key(date(2027, 5, 20))
    write_ring(grown)
    assert read_ring(rings / "field.json", "field") == grown
    assert (rings / "field.json").stat().st_mode & 0o777 == 0o400
    assert sorted(path.name for path in rings.iterdir()) == [
        "field.json",
        "index.json",
        "proof.json",
    ]


def test_new_key_reads_but_does_not_write_until_activated() -> None:
    grown = new_ring("field", date(2026, 11, 20)).with_new_key(date(2027, 5, 20))
    turned = grown.with_active(2)
    assert (grown.active, turned.active) == (1, 2)
    assert [key.state for key in grown.keys.values()] == ["active", "decrypt"]
    assert [key.state for key in turned.keys.values()] == ["decrypt", "active"]
    with pytest.raises(UnknownKey):
        turned.with_active(3)


def test_ring_shows_no_key() -> None:
    made = new_ring("field", date(2026, 11, 20))
    assert made.keys[1].secret.hex() not in repr(made)
    assert repr(made.keys[1].secret) not in repr(made)
    assert "secret" not in ring_document(made)
