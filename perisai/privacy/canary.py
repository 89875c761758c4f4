"""A value by which a database recognises a master key without being able to compute it."""

import hmac

from perisai.privacy.keyring import RingPurpose, UnknownKey, key_provider


def canary(purpose: RingPurpose, key_id: int) -> bytes:
    """32 bytes derived from one master key. Raises KeyRingError, UnknownKey."""
    return key_provider().derive(purpose, key_id, b"perisai/canary/1/" + purpose.encode())


def is_canary(purpose: RingPurpose, key_id: int, remembered: bytes) -> bool:
    """Whether the ring of this process holds the key that a canary was made from."""
    try:
        return hmac.compare_digest(canary(purpose, key_id), remembered)
    except UnknownKey:
        return False
