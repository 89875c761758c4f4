"""Proofs that a number is one of ours."""

import hmac
import re
from datetime import date
from pathlib import Path

import pytest

from perisai.crockford import encode
from perisai.privacy import is_proof, key_provider, proof_of
from perisai.services.keys import activate_key, add_key

NUMBER = "KP2611207QK3M9XD"
DAY = date(2026, 11, 20)


@pytest.fixture
def turned(rings: Path, db: None) -> str:
    """What was proved under the first key; a second one is active since."""
    before = proof_of("receipt", NUMBER)
    add_key("proof", created=DAY)
    activate_key(2, purpose="proof")
    return before


def test_proof_is_the_head_of_an_hmac_under_a_key_of_its_purpose(rings: Path) -> None:
    key = key_provider().derive("proof", 1, b"perisai/proof/1/receipt")
    expected = encode(hmac.digest(key, NUMBER.encode(), "sha256"), 10)
    assert proof_of("receipt", NUMBER) == expected
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", expected)


def test_proof_holds_for_its_number_and_purpose_alone(rings: Path) -> None:
    proof = proof_of("receipt", NUMBER)
    assert is_proof("receipt", NUMBER, proof)
    assert not is_proof("bill", NUMBER, proof)
    assert not is_proof("receipt", "KP2611207QK3M9XE", proof)
    for place in range(len(proof)):
        other = "0" if proof[place] != "0" else "1"
        assert not is_proof("receipt", NUMBER, proof[:place] + other + proof[place + 1 :])
    assert not is_proof("receipt", NUMBER, "")
    assert not is_proof("receipt", NUMBER, proof[:-1])
    assert not is_proof("receipt", NUMBER, f"{proof}0")
    assert not is_proof("receipt", NUMBER, "ÄÖÜßÄÖÜßÄÖ")


def test_old_paper_is_proved_after_the_key_has_turned(turned: str) -> None:
    assert proof_of("receipt", NUMBER) != turned
    assert is_proof("receipt", NUMBER, turned)
    assert is_proof("receipt", NUMBER, proof_of("receipt", NUMBER))


def test_new_key_proves_nothing_until_it_is_activated(rings: Path) -> None:
    before = proof_of("bill", "9931419592653586")
    add_key("proof", created=DAY)
    assert proof_of("bill", "9931419592653586") == before


def test_ring_of_another_installation_proves_nothing(rings: Path) -> None:
    foreign = proof_of("receipt", NUMBER)
    (rings / "proof.json").unlink()
    add_key("proof", created=DAY)
    assert not is_proof("receipt", NUMBER, foreign)
