"""The secrets of a deployment: one consistent set, private, never overwritten."""

import json
import stat
from pathlib import Path

import pytest

from config.local.production_secrets import write_secrets


def test_the_set_is_private_consistent_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    written = write_secrets(folder, is_root=False)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o400}
    password = (folder / "postgres_password").read_text()
    assert password in (folder / "database_url").read_text()
    purposes = ["field", "index", "proof"]
    rings = [json.loads((folder / f"{name}_keys.json").read_text()) for name in purposes]
    assert [ring["purpose"] for ring in rings] == purposes
    assert len({ring["keys"][0]["key"] for ring in rings}) == 3
    before = {path: path.read_text() for path in written}
    with pytest.raises(FileExistsError):
        write_secrets(folder, is_root=False)
    assert {path: path.read_text() for path in written} == before


def test_every_secret_that_compose_mounts_is_made(tmp_path: Path) -> None:
    made = {f"./secrets/{path.name}" for path in write_secrets(tmp_path / "s", is_root=False)}
    compose = Path("docker-compose.yml").read_text(encoding="utf-8")
    mounted = {part.split("}")[0] for part in compose.split("{file: ")[1:]}
    assert mounted == made
