"""Signs that people read aloud and type."""

import re

import pytest

from perisai.crockford import ALPHABET, canonical, encode


@pytest.mark.parametrize(
    ("raw", "signs"),
    [
        (bytes(7), "0000000000"),
        (b"\xff" * 32, "ZZZZZZZZZZ"),
        (bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df"), "0123456789"),
        (bytes.fromhex("08") + bytes(6), "1000000000"),
    ],
)
def test_bits_are_read_five_at_a_time_from_the_highest(raw: bytes, signs: str) -> None:
    assert encode(raw, 10) == signs


def test_no_sign_is_read_wrongly() -> None:
    assert len(set(ALPHABET)) == 32
    assert re.fullmatch(r"[0-9A-Z]{32}", ALPHABET)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("7QK3M9XD2B", "7QK3M9XD2B"),
        ("7qk3m9xd2b", "7QK3M9XD2B"),
        ("oOiIlL", "001111"),
        ("7QK3-M9XD 2B", "7QK3M9XD2B"),
        ("UVW", "UVW"),
    ],
)
def test_what_only_looks_like_a_sign_is_taken_for_it(typed: str, meant: str) -> None:
    assert canonical(typed) == meant
