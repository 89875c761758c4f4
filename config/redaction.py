"""What no log line may hold: personal data and secrets, by the name or by the shape of a value.

A name of a person has no shape: it is kept out of texts by review and out of fields by its key.
"""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

HIDDEN = "[hidden]"
DEEPEST = 6
LONGEST_COUNT = 10**15  # a whole number of sixteen digits is no count and no amount

SECRET_KEYS = frozenset(
    {"name", "username", "address", "address_line", "login", "body", "data"}
    | {"key", "code", "pin", "session"}
)
SECRET_ENDINGS = ("_name", "_address")
OPEN_NAMES = frozenset({"logger_name", "task_name", "child_task_name"})
SECRET_WORDS = frozenset(
    {"password", "passphrase", "token", "authorization", "cookie", "secret", "signature", "otp"}
    | {"nik", "kpj", "kk", "phone", "msisdn", "email", "witness", "heir"}
)
WORD = re.compile(r"[a-z]+")

_SHAPES = re.compile(
    r"""
      (?P<id>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)     # a UUID names nobody
    | (?<=://)[^\s/@]+@                                                    # login in an address
    | [\w.+%-]+@[\w-]+(?:\.[\w-]+)+                                        # e-mail
    | (?i:(?<=bearer\ )|(?<=token\ )|(?<=basic\ ))[\w.~+/=-]{16,}          # Authorization
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                                          # JSON web token
    | (?:argon2|pbkdf2)[\w$=,+/.-]+                                        # password hash
    | (?<![A-Za-z0-9])[0-9a-fA-F]{32,}                                     # token, digest
    | (?<![A-Za-z0-9])(?=[A-Za-z]*\d)[A-Za-z0-9]{32,}                      # session
    | (?<![\w+/-])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])(?=[\w+/-]*\d)[\w+/-]{40,}=*   # base64
    | (?<!\d)\d(?:[ .-]?\d){15,}                                           # NIK, bill code, grouped
    | (?<!\d)(?:\(?\+?62\)?|0)[ .-]?8(?:[ .()-]{0,2}\d){7,11}(?!\d)        # mobile phone
    | (?<!\d)8\d{8,11}(?!\d)                                               # its national digits
    | (?<!\d)\d{11}(?!\d)                                                  # KPJ
    """,
    re.VERBOSE | re.ASCII,
)


def redact_text(text: str) -> str:
    """A text without anything of a personal or secret shape; UUIDs stay."""
    return _SHAPES.sub(lambda found: found["id"] or HIDDEN, text)


def redact_value(value: Any, *, depth: int = 0) -> Any:
    """A value to log: containers are walked, foreign objects become their redacted `repr`."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < LONGEST_COUNT else HIDDEN
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _redact_inside(value, depth=depth + 1) if depth < DEEPEST else HIDDEN
    return redact_text(value if isinstance(value, str) else repr(value))


def _redact_inside(container: Mapping[Any, Any] | Iterable[Any], *, depth: int) -> Any:
    if isinstance(container, Mapping):
        return {
            redact_text(str(key)): redact_item(key, item, depth=depth)
            for key, item in container.items()
        }
    return [redact_value(item, depth=depth) for item in container]


def redact_item(key: Any, value: Any, *, depth: int = 0) -> Any:
    """A value under its key: hidden whole if the key says that it is personal or secret."""
    if is_secret_key(str(key)) and not _is_status(key, value):
        return HIDDEN
    return redact_value(value, depth=depth)


def is_secret_key(key: str) -> bool:
    """Whether a key names personal data or a secret: `nik`, `new_password`, `Set-Cookie`."""
    lowered = key.lower()
    if lowered in SECRET_KEYS or not SECRET_WORDS.isdisjoint(WORD.findall(lowered)):
        return True
    return lowered.endswith(SECRET_ENDINGS) and lowered not in OPEN_NAMES


def _is_status(key: Any, value: Any) -> bool:
    """`code=404` is an answer's status; a code in text is a secret."""
    return key == "code" and isinstance(value, int)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The last structlog processor before rendering."""
    return {redact_text(key): redact_item(key, value) for key, value in event.items()}
