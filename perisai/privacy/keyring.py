"""Key rings: who holds the master keys, and the keys derived from them."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol, cast, get_args

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

RingPurpose = Literal["field", "index", "proof"]
KeyState = Literal["active", "decrypt"]

RING_PURPOSES: tuple[RingPurpose, ...] = get_args(RingPurpose)
StrPath = str | os.PathLike[str]

FORMAT = "perisai-keyring/1"
KEY_BYTES = 32
FILE_MODE = 0o400
HIGHEST_KEY_ID = 0xFFFF  # two bytes in every stored value
SECONDS_BETWEEN_LOOKS = 5.0  # how soon a running process follows a change of the file


class KeyRingError(Exception):
    """A ring is missing or not what its file must be. The text holds no key."""


class KeyInUse(KeyRingError):
    """A key cannot go: it makes new values, or values that it made are left."""


class UnknownKey(KeyRingError):
    """The ring holds no key of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """One key of a ring; `created` is a day, ISO 8601."""

    id: int
    created: str
    state: KeyState
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """All keys for one purpose; exactly one of them, `active`, makes new values."""

    purpose: RingPurpose
    active: int
    keys: Mapping[int, MasterKey]

    def without_key(self, key_id: int) -> "KeyRing":
        """A ring that has lost one key for ever."""
        return replace(self, keys={id_: key for id_, key in self.keys.items() if id_ != key_id})

    def with_active(self, key_id: int) -> "KeyRing":
        """A ring whose new values are made with another of its keys. Raises UnknownKey."""
        if key_id not in self.keys:
            raise UnknownKey(f"the {self.purpose} ring has no key {key_id}")
        keys = {id_: replace(key, state="decrypt") for id_, key in self.keys.items()}
        keys[key_id] = replace(keys[key_id], state="active")
        return replace(self, active=key_id, keys=keys)

    def with_new_key(self, created: date) -> "KeyRing":
        """A ring with one more random key, which reads but does not write yet."""
        id_ = max(self.keys) + 1
        return replace(self, keys={**self.keys, id_: _random_key(id_, created, "decrypt")})


def new_ring(purpose: RingPurpose, created: date) -> KeyRing:
    """A first ring: one random key, active."""
    return KeyRing(purpose=purpose, active=1, keys={1: _random_key(1, created, "active")})


def _random_key(id_: int, created: date, state: KeyState) -> MasterKey:
    if id_ > HIGHEST_KEY_ID:
        raise KeyRingError(f"a ring has no more than {HIGHEST_KEY_ID} keys")
    secret = secrets.token_bytes(KEY_BYTES)
    return MasterKey(id=id_, created=created.isoformat(), state=state, secret=secret)


class KeyProvider(Protocol):
    """The seam to a key management service: master keys never pass through it."""

    def active_id(self, purpose: RingPurpose) -> int:
        """Id of the key that makes new values."""

    def key_ids(self, purpose: RingPurpose) -> frozenset[int]:
        """Ids of all keys that can still read."""

    def derive(self, purpose: RingPurpose, key_id: int, info: bytes) -> bytes:
        """32 bytes derived by HKDF-SHA256 from a master key. Raises UnknownKey."""


def derived_from(secret: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 without salt: one 32-byte key for each `info`."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def read_ring(path: Path, purpose: RingPurpose) -> KeyRing:
    """The ring in a file. Raises KeyRingError for whatever is not a whole ring of this purpose."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as failed:
        raise KeyRingError(f"the {purpose} key ring cannot be read: {failed.strerror}") from failed
    except ValueError as broken:
        raise KeyRingError(f"the {purpose} key ring is not JSON") from broken
    return parse_ring(document, purpose)


def parse_ring(document: object, purpose: RingPurpose) -> KeyRing:
    """The ring that a parsed JSON document describes. Raises KeyRingError."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise KeyRingError(f"the {purpose} key ring is not in the format {FORMAT}")
    if document.get("purpose") != purpose:
        raise KeyRingError(f"this key ring is not for the purpose {purpose}")
    entries = document.get("keys")
    if not isinstance(entries, list) or not entries:
        raise KeyRingError(f"the {purpose} key ring holds no key")
    keys = [_parse_key(entry, purpose) for entry in entries]
    if len({key.id for key in keys}) != len(keys):
        raise KeyRingError(f"the {purpose} key ring holds one id twice")
    active = [key.id for key in keys if key.state == "active"]
    if active != [document.get("active")]:
        raise KeyRingError(f"the {purpose} key ring must have one active key, the one it names")
    return KeyRing(purpose=purpose, active=active[0], keys={key.id: key for key in keys})


def _parse_key(entry: object, purpose: RingPurpose) -> MasterKey:
    match entry:
        case {"id": int(id_), "created": str(created), "state": str(state), "key": str(key)}:
            pass
        case _:
            raise KeyRingError(f"a key of the {purpose} ring lacks id, created, state or key")
    if not 1 <= id_ <= HIGHEST_KEY_ID or state not in get_args(KeyState):
        raise KeyRingError(f"a key of the {purpose} ring has an impossible id or state")
    try:
        secret = base64.b64decode(key, validate=True)
    except ValueError as broken:
        raise KeyRingError(f"key {id_} of the {purpose} ring is not base64") from broken
    if len(secret) != KEY_BYTES:
        raise KeyRingError(f"key {id_} of the {purpose} ring is not {KEY_BYTES} bytes long")
    return MasterKey(id=id_, created=created, state=cast("KeyState", state), secret=secret)


def ring_document(ring: KeyRing) -> str:
    """A ring as the text of its file."""
    keys = [
        {
            "id": key.id,
            "created": key.created,
            "state": key.state,
            "key": base64.b64encode(key.secret).decode(),
        }
        for key in sorted(ring.keys.values(), key=lambda key: key.id)
    ]
    whole = {"format": FORMAT, "purpose": ring.purpose, "active": ring.active, "keys": keys}
    return json.dumps(whole, indent=1) + "\n"


def ring_path(purpose: RingPurpose) -> Path:
    """Where the settings say that a ring lies."""
    return Path(_path_setting(purpose))


def _path_setting(purpose: RingPurpose) -> StrPath:
    path: StrPath = getattr(settings, f"{purpose.upper()}_KEYS_FILE")
    return path


def write_ring(ring: KeyRing) -> None:
    """Replace the file of a ring, whole or not at all, readable by its owner alone."""
    path = ring_path(ring.purpose)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(ring_document(ring))
            os.fchmod(descriptor, FILE_MODE)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # there only after a failure


@dataclass(slots=True)
class _Loaded:
    """A ring as last read, with the keys derived from it so far."""

    ring: KeyRing
    version: tuple[int, int]
    look_again_at: float
    derived: dict[tuple[int, bytes], bytes] = field(default_factory=dict)


class FileKeyProvider:
    """Master keys from the files that the settings name, kept in the process.

    A changed file is noticed within SECONDS_BETWEEN_LOOKS, and at once when a value names a key
    that the process has not seen.
    """

    def __init__(self) -> None:
        self._loaded: dict[tuple[RingPurpose, StrPath], _Loaded] = {}

    def active_id(self, purpose: RingPurpose) -> int:
        """Id of the key that makes new values. Raises KeyRingError."""
        return self._ring(purpose).ring.active

    def key_ids(self, purpose: RingPurpose) -> frozenset[int]:
        """Ids of all keys in the file. Raises KeyRingError."""
        return frozenset(self._ring(purpose).ring.keys)

    def derive(self, purpose: RingPurpose, key_id: int, info: bytes) -> bytes:
        """The derived key, computed once in the process. Raises KeyRingError, UnknownKey."""
        loaded = self._ring(purpose)
        known = loaded.derived.get((key_id, info))
        if known is not None:
            return known
        if key_id not in loaded.ring.keys:
            loaded = self._read(purpose, _path_setting(purpose))
        if key_id not in loaded.ring.keys:
            raise UnknownKey(f"the {purpose} ring has no key {key_id}")
        made = derived_from(loaded.ring.keys[key_id].secret, info)
        loaded.derived[(key_id, info)] = made
        return made

    def _ring(self, purpose: RingPurpose) -> _Loaded:
        path = _path_setting(purpose)
        loaded = self._loaded.get((purpose, path))
        if loaded is None:
            return self._read(purpose, path)
        if monotonic() < loaded.look_again_at:
            return loaded
        if _version(path) != loaded.version:
            return self._read(purpose, path)
        loaded.look_again_at = monotonic() + SECONDS_BETWEEN_LOOKS
        return loaded

    def _read(self, purpose: RingPurpose, path: StrPath) -> _Loaded:
        version = _version(path)
        loaded = _Loaded(
            ring=read_ring(Path(path), purpose),
            version=version,
            look_again_at=monotonic() + SECONDS_BETWEEN_LOOKS,
        )
        self._loaded[(purpose, path)] = loaded
        return loaded


def _version(path: StrPath) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)  # reading it next says what is wrong
    return (found.st_mtime_ns, found.st_ino)


_provider: KeyProvider = FileKeyProvider()


def key_provider() -> KeyProvider:
    """The provider of this process; a KMS would be chosen here."""
    return _provider
