"""Codes by the clock, against the examples of RFC 6238."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from perisai import totp

EXAMPLE = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 20, 9, 0, 10, tzinfo=UTC)
NEVER = 0


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    instant = datetime.fromtimestamp(second, tz=UTC)
    assert totp.code_at(EXAMPLE, totp.step_of(instant)) == code


@pytest.mark.parametrize(("seconds", "fits"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(seconds: int, fits: bool) -> None:  # noqa: FBT001
    shown = totp.step_of(NOW + timedelta(seconds=seconds))
    found = totp.matching_step(EXAMPLE, totp.code_at(EXAMPLE, shown), now=NOW, after=NEVER)
    assert found == (shown if fits else None)


def test_a_spent_step_and_those_before_it_match_no_more() -> None:
    present = totp.step_of(NOW)
    for step in (present - 1, present):
        code = totp.code_at(EXAMPLE, step)
        assert totp.matching_step(EXAMPLE, code, now=NOW, after=present) is None
    later = totp.code_at(EXAMPLE, present + 1)
    assert totp.matching_step(EXAMPLE, later, now=NOW, after=present) == present + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "٠٨١٨٠٤"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert totp.matching_step(EXAMPLE, code, now=NOW, after=NEVER) is None


def test_an_app_is_told_secret_and_account() -> None:
    secret = totp.new_secret()
    asked = urlsplit(totp.enrolment_address(secret, account="siti pengawas"))
    assert (asked.scheme, asked.netloc, asked.path) == (
        *("otpauth", "totp"),
        "/Perisai%3Asiti%20pengawas",
    )
    assert parse_qs(asked.query)["secret"] == [secret]
    assert totp.new_secret() != secret
