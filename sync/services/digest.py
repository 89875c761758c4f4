"""Digests that phone and server compute alike: of an operation, of a book."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

WRAP = 1 << 64


def canonical(body: Mapping[str, Any]) -> bytes:
    """An operation without its place: keys sorted, no spaces, UTF-8, no ASCII escaping."""
    kept = {key: value for key, value in body.items() if key != "seq"}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest_of(text: bytes) -> bytes:
    """SHA-256 of a canonical form: two sendings are the same operation if it is equal."""
    return hashlib.sha256(text).digest()


def book_digest(leaves: int) -> str:
    """The XOR of a book's leaves, as PostgreSQL's signed bigint, in 16 lower-case hex digits."""
    return f"{leaves % WRAP:016x}"
