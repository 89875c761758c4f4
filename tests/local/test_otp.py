"""The launcher's codes are those that the server expects, and none is used twice."""

import pytest

from config.local import otp
from perisai import totp

SECRET = otp.new_totp_secret()


@pytest.mark.parametrize("step", [1, 37_037_036, 66_666_666])
def test_codes_are_the_servers(step: int) -> None:
    assert otp.code_at(SECRET, step) == totp.code_at(SECRET, step)


def test_an_app_gives_no_code_twice_and_none_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [60.0]
    monkeypatch.setattr("time.time", lambda: seconds[0])
    monkeypatch.setattr("time.sleep", lambda wait: seconds.__setitem__(0, seconds[0] + wait))
    app = otp.App(SECRET)
    assert [app.code() for _ in range(3)] == [otp.code_at(SECRET, step) for step in (2, 3, 4)]
    assert seconds[0] == 90
