"""One-time codes by the clock (RFC 6238), as every authenticator app makes them.

Six digits, a new one every thirty seconds, HMAC-SHA-1. Instants are those of the real clock.
"""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from django_otp.oath import hotp

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
DRIFT = 1  # steps that a phone's clock may be early or late
ISSUER = "Perisai"


def new_secret() -> str:
    """A fresh secret in base32, 32 letters and digits."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def step_of(now: datetime) -> int:
    """The number of the thirty seconds that an instant lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of one step."""
    number = hotp(base64.b32decode(secret), step, digits=DIGITS)
    return f"{number:0{DIGITS}d}"


def matching_step(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The step near `now` whose code this is; steps up to `after` are spent."""
    present = step_of(now)
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        is_same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if is_same and step > after and found is None:
            found = step
    return found


def enrolment_address(secret: str, *, account: str) -> str:
    """What the QR code says to an authenticator app."""
    asked = {"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER}:{account}')}?{urlencode(asked)}"
