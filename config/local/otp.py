"""One-time codes of the demonstration's office logins, as an authenticator app makes them.

Standard library only: the launcher and the story know no Django.
"""

import base64
import hmac
import secrets
import struct
import time

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20


def new_totp_secret() -> str:
    """A secret in base32, as one types it into an app."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def code_at(secret: str, step: int) -> str:
    """The code of one thirty seconds (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0xF
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFF_FFFF) % 10**DIGITS:0{DIGITS}d}"


def present_code(secret: str) -> str:
    """The code that an app shows now."""
    return code_at(secret, present_step())


def present_step() -> int:
    """The number of the thirty seconds that run now, by the real clock."""
    return int(time.time()) // STEP_SECONDS


class App:
    """An authenticator app in the hand of somebody who needs several codes in a row."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.spent = 0

    def code(self) -> str:
        """A code that was not used yet: the present one, or the next, for which it waits."""
        step = max(present_step(), self.spent + 1)
        while step > present_step() + 1:  # the server takes a code half a minute early, no more
            time.sleep(1)
        self.spent = step
        return code_at(self.secret, step)
