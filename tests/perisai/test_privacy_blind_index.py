"""Blind indexes and name words."""

import base64
import hmac
import json
from pathlib import Path
from typing import get_args

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from perisai.privacy import IndexPurpose, blind_index, folded_words, indexer, name_words
from tests.perisai.rings import key, lay, ring

NIK = "3300005111900001"


def test_index_is_the_documented_digest(rings: Path) -> None:
    master = base64.b64decode(json.loads((rings / "index.json").read_text())["keys"][0]["key"])
    purpose_key = HKDF(SHA256(), 32, None, b"perisai/index/1/nik").derive(master)
    assert blind_index("nik", NIK) == hmac.digest(purpose_key, NIK.encode(), "sha256")[:16]


def test_index_is_stable_over_a_new_reading_of_the_ring(rings: Path) -> None:
    before = blind_index("nik", NIK)
    ring_text = (rings / "index.json").read_text()
    lay(rings / "index.json", ring_text)
    assert blind_index("nik", NIK) == before


def test_purposes_have_keys_of_their_own() -> None:
    assert len({blind_index(purpose, NIK) for purpose in get_args(IndexPurpose)}) == 4


def test_another_ring_gives_another_index(rings: Path) -> None:
    before = blind_index("nik", NIK)
    lay(rings / "index.json", ring("index", key(1, "active")))
    assert blind_index("nik", NIK) != before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SITI AMINAH", ["SITI", "AMINAH"]),
        ("  siti   aminah ", ["SITI", "AMINAH"]),
        ("H. Budi Santoso", ["BUDI", "SANTOSO"]),
        ("Hj. Siti Aminah, S.Pd.", ["SITI", "AMINAH"]),
        ("Siti Aminah S. Pd., M.Si", ["SITI", "AMINAH"]),
        ("Siti Aminah, A.Md.Kep", ["SITI", "AMINAH"]),
        ("Ir. Joko bin Slamet, S.H., M.H.", ["JOKO", "SLAMET"]),
        ("Dr. Nur binti Ahmad SPd", ["NUR", "AHMAD"]),
        ("Soerjadi Tjahjo Djojo", ["SURJADI", "CAHJO", "JOJO"]),
        ("Njoman Sjahrir", ["NYOMAN", "SYAHRIR"]),
        ("Pandji", ["PANYI"]),
        ("Panji", ["PANYI"]),
        ("MUH. ALI'UDIN", ["MUHAMMAD", "ALIUDIN"]),
        ("muh aliudin", ["MUHAMMAD", "ALIUDIN"]),
        ("Moh. Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Moehammad Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Mochamad Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Muchammad Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Mokhamad Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Mohamed Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Mhd Rizki", ["MUHAMMAD", "RIZKI"]),
        ("Ahmad Muhadi", ["AHMAD", "MUHADI"]),
        ("M. Rizki A", ["RIZKI"]),
        ("José Nuñez-Pérez", ["JOSE", "NUNEZ", "PEREZ"]),
        ("Ali Ali Ali", ["ALI"]),
        ("a1 b2 satu", ["SATU"]),
        ("satu dua tiga empat lima enam tujuh", ["SATU", "DUA", "TIGA", "EMPAT", "LIMA", "ENAM"]),
        ("H. M.", []),
        ("", []),
    ],
)
def test_name_folds_to_its_words(name: str, words: list[str]) -> None:
    assert folded_words(name) == words


def test_word_is_indexed_with_its_regency(rings: Path) -> None:
    master = base64.b64decode(json.loads((rings / "index.json").read_text())["keys"][0]["key"])
    name_key = HKDF(SHA256(), 32, None, b"perisai/index/1/name").derive(master)
    expected = [
        hmac.digest(name_key, text, "sha256")[:6] for text in (b"1671|SITI", b"1671|AMINAH")
    ]
    assert name_words("Hj. Siti Aminah", regency_code="1671") == expected


def test_same_name_in_two_regencies_shares_no_word() -> None:
    palembang = name_words("Siti Aminah", regency_code="1671")
    ternate = name_words("Siti Aminah", regency_code="8271")
    assert len(palembang) == len(ternate) == 2
    assert set(palembang).isdisjoint(ternate)


@given(name=st.text(max_size=100))
def test_any_name_has_at_most_six_distinct_words_of_six_bytes(name: str) -> None:
    words = name_words(name, regency_code="1671")
    assert len(words) == len(set(words)) <= 6
    assert {len(word) for word in words} <= {6}


@given(name=st.text(max_size=100))
def test_case_and_blanks_do_not_matter(name: str) -> None:
    assert folded_words(f"  {name.upper()} ") == folded_words(name.upper())


@given(st.text(), st.sampled_from(get_args(IndexPurpose)))
def test_an_indexer_gives_what_the_index_gives(value: str, purpose: IndexPurpose) -> None:
    assert indexer(purpose)(value) == blind_index(purpose, value)
