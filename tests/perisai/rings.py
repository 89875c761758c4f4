"""Key rings of a test's own."""

import base64
import json
import os
from pathlib import Path
from typing import Any

from pytest_django.fixtures import Settings


def key(id_: int, state: str = "decrypt", *, secret: bytes | None = None) -> dict[str, Any]:
    """One key of a ring's document, random unless given."""
    shown = base64.b64encode(secret or os.urandom(32)).decode()
    return {"id": id_, "created": "2026-11-20", "state": state, "key": shown}


def ring(purpose: str, *keys: dict[str, Any], active: int = 1) -> dict[str, Any]:
    """A ring's document."""
    return {
        "format": "perisai-keyring/1",
        "purpose": purpose,
        "active": active,
        "keys": list(keys) or [key(1, "active")],
    }


def lay(path: Path, document: object) -> Path:
    """Write a document where a ring lies, for its owner alone."""
    path.unlink(missing_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    path.chmod(0o400)
    return path


def use_rings(settings: Settings, folder: Path) -> None:
    """Fresh rings, field.json, index.json and proof.json, in a folder."""
    settings.FIELD_KEYS_FILE = lay(folder / "field.json", ring("field"))
    settings.INDEX_KEYS_FILE = lay(folder / "index.json", ring("index"))
    settings.PROOF_KEYS_FILE = lay(folder / "proof.json", ring("proof"))
