"""Bytes of files, encrypted under a random key of their own.

    version(1) | nonce(12) | AES-256-GCM(bytes) | tag(16)

The key is a field of the file's row, sealed as every personal text is: another key of the ring
seals those few bytes anew, and whoever destroys them has destroyed the file. What a piece of bytes
is of (which file, which place in it) is authenticated: it opens there alone.
"""

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from perisai.privacy.envelope import DecryptionFailed

VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
KEY_BITS: Final = 256
BOUND: Final = b"perisai/file/1\0"


def new_file_key() -> str:
    """A random key for one file, as text for an encrypted field."""
    return base64.b64encode(AESGCM.generate_key(KEY_BITS)).decode()


def seal_file(key: str, of: bytes, plain: bytes) -> bytes:
    """Encrypt bytes for the one place that `of` names."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, plain, BOUND + of)


def open_file(key: str, of: bytes, sealed: bytes | memoryview) -> bytes:
    """The bytes that were sealed for this place. Raises DecryptionFailed."""
    stored = bytes(sealed)
    start = len(VERSION)
    nonce, cipher = stored[start:][:NONCE_BYTES], stored[start + NONCE_BYTES :]
    if stored[:start] != VERSION or len(nonce) != NONCE_BYTES:
        raise DecryptionFailed("file", "not encrypted bytes")
    try:
        return _cipher(key).decrypt(nonce, cipher, BOUND + of)
    except InvalidTag as invalid:
        raise DecryptionFailed("file", "not of this file, place and key") from invalid


def _cipher(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))
