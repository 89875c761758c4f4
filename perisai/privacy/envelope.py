"""The stored form of an encrypted value.

    version(1) | key id(2, big endian) | nonce(12) | AES-256-GCM(plaintext) | tag(16)

Version 2 pads the plaintext with 0x80 and zeros to a multiple of 16, so that lengths blur. Label
and primary key are authenticated: a value opens in its own row and field alone.
"""

import json
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from perisai.privacy.keyring import UnknownKey, key_provider

PLAIN, PADDED = 1, 2
HEAD_BYTES = 3
NONCE_BYTES = 12
TAG_BYTES = 16
BODY_FROM = HEAD_BYTES + NONCE_BYTES
BLOCK = 16
PAD_MARK = b"\x80"

Opener = Callable[[bytes, bytes | None], str | None]

logger = structlog.get_logger(__name__)


class DecryptionFailed(Exception):
    """A stored value does not open here: wrong row, field or key, or damaged."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(f"{label}: {reason}")


def seal_text(label: str, pk: UUID, text: str, *, padded: bool = False) -> bytes:
    """Encrypt a text for one row's field; `pk` is that row's primary key."""
    return seal_bytes(label, pk, text.encode(), padded=padded)


def open_text(label: str, pk: UUID, sealed: bytes | memoryview) -> str:
    """The text that was sealed for this row's field. Raises DecryptionFailed."""
    return open_bytes(label, pk, sealed).decode()


def seal_json(label: str, pk: UUID, value: Any, *, padded: bool = False) -> bytes:
    """Encrypt a JSON value (no NaN, no Infinity) for one row's field."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return seal_text(label, pk, text, padded=padded)


def open_json(label: str, pk: UUID, sealed: bytes | memoryview) -> Any:
    """The JSON value that was sealed for this row's field. Raises DecryptionFailed."""
    return json.loads(open_text(label, pk, sealed))


def opener(label: str) -> Opener:
    """`open_text` for the rows of a page: each key is looked up once, for work of seconds.

    What it makes gets the bytes of a row's key and a column's value: null stays None, what was
    destroyed opens as the empty text. It raises DecryptionFailed, KeyRingError.
    """
    bound = _bound(label)
    ciphers: dict[bytes, AESGCM] = {}

    def open_(pk: bytes, sealed: bytes | None) -> str | None:
        if not sealed:
            return None if sealed is None else ""
        head = sealed[:HEAD_BYTES]
        cipher = ciphers.get(head)
        if cipher is None:
            text = open_text(label, UUID(bytes=pk), sealed)
            ciphers[head] = _column_cipher(label, key_id_of(sealed))
            return text
        try:
            plain = cipher.decrypt(sealed[HEAD_BYTES:BODY_FROM], sealed[BODY_FROM:], bound + pk)
        except (InvalidTag, ValueError):
            return open_text(label, UUID(bytes=pk), sealed)  # it tells what is wrong with it
        if head[0] == PLAIN:
            return plain.decode()
        unpadded = plain.rstrip(b"\0")
        is_whole = unpadded.endswith(PAD_MARK)
        return unpadded[:-1].decode() if is_whole else open_text(label, UUID(bytes=pk), sealed)

    return open_


def key_id_of(sealed: bytes | memoryview) -> int:
    """Id of the key that made a stored value."""
    return int.from_bytes(sealed[1:HEAD_BYTES], "big")


def seal_bytes(label: str, pk: UUID, plain: bytes, *, padded: bool) -> bytes:
    """Encrypt bytes with the active key of the field ring. Raises KeyRingError."""
    return _sealing(label, padded=padded)(pk, plain)


def sealer(label: str, *, padded: bool = False) -> Callable[[UUID, str], bytes]:
    """`seal_text` for thousands of rows: the active key is looked up once. Raises KeyRingError.

    For work of seconds: a key that is made active meanwhile is not noticed.
    """
    seal = _sealing(label, padded=padded)
    return lambda pk, text: seal(pk, text.encode())


def _sealing(label: str, *, padded: bool) -> Callable[[UUID, bytes], bytes]:
    key_id = key_provider().active_id("field")
    head = bytes([PADDED if padded else PLAIN]) + key_id.to_bytes(2, "big")
    cipher, bound = _column_cipher(label, key_id), _bound(label)

    def seal(pk: UUID, plain: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        body = _pad(plain) if padded else plain
        return head + nonce + cipher.encrypt(nonce, body, bound + pk.bytes)

    return seal


def open_bytes(label: str, pk: UUID, sealed: bytes | memoryview) -> bytes:
    """The bytes that were sealed for this row's field. Raises DecryptionFailed, KeyRingError."""
    stored = bytes(sealed)
    if len(stored) < HEAD_BYTES + NONCE_BYTES + TAG_BYTES or stored[0] not in {PLAIN, PADDED}:
        raise _failed(label, pk, stored, "not an encrypted value")
    nonce, cipher = stored[HEAD_BYTES:][:NONCE_BYTES], stored[HEAD_BYTES + NONCE_BYTES :]
    try:
        body = _column_cipher(label, key_id_of(stored)).decrypt(
            nonce, cipher, _bound(label) + pk.bytes
        )
    except UnknownKey as unknown:
        raise _failed(label, pk, stored, "its key is not in the ring") from unknown
    except InvalidTag as invalid:
        raise _failed(label, pk, stored, "not of this row, field and key") from invalid
    if stored[0] == PLAIN:
        return body
    unpadded = body.rstrip(b"\0")
    if not unpadded.endswith(PAD_MARK):
        raise _failed(label, pk, stored, "badly padded")
    return unpadded.removesuffix(PAD_MARK)


def _failed(label: str, pk: UUID, stored: bytes, reason: str) -> DecryptionFailed:
    """Count the failure in the log (label, row and key id are no personal data)."""
    logger.error("decryption_failed", label=label, row=str(pk), key_id=key_id_of(stored))
    return DecryptionFailed(label, reason)


def _pad(plain: bytes) -> bytes:
    marked = plain + PAD_MARK
    return marked + bytes(-len(marked) % BLOCK)


def _bound(label: str) -> bytes:
    return b"perisai/1\0" + label.encode() + b"\0"


def _column_cipher(label: str, key_id: int) -> AESGCM:
    return _cipher(key_provider().derive("field", key_id, b"perisai/field/1/" + label.encode()))


@lru_cache(maxsize=512)
def _cipher(column_key: bytes) -> AESGCM:
    return AESGCM(column_key)
