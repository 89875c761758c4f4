"""Secrets are made once, for their owner alone; what is exported wins."""

import base64
import json
import stat
import subprocess
from pathlib import Path

import pytest

from config.local.environment import (
    cache_beside,
    demo_passwords,
    local_environment,
    make_secrets,
    production_environment,
)
from tests.local.conftest import Program

MAKE = """
from pathlib import Path
from config.local.environment import make_secrets
make_secrets(Path({data!r}))
"""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    folder = make_secrets(tmp_path / ".data")
    made = contents(folder)
    assert sorted(made) == [
        "database",
        "demo.txt",
        "django",
        "field.json",
        "index.json",
        "postgres",
        "proof.json",
        "totp",
        "valkey",
    ]
    assert mode_of(folder) == mode_of(folder.parent) == 0o700
    modes = {path.name: mode_of(path) for path in folder.iterdir()}
    rings = dict.fromkeys(["field.json", "index.json", "proof.json"], 0o400)
    assert modes == dict.fromkeys(made, 0o600) | rings

    make_secrets(tmp_path / ".data")

    assert contents(folder) == made


def test_two_checkouts_share_no_secret(tmp_path: Path) -> None:
    one, other = (contents(make_secrets(tmp_path / name)) for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_secrets_made_beside_each_other_agree(tmp_path: Path, program: Program) -> None:
    command = program(MAKE.format(data=str(tmp_path / ".data")))
    makers = [subprocess.Popen(command) for _ in range(4)]
    assert [maker.wait() for maker in makers] == [0, 0, 0, 0]
    assert len(contents(tmp_path / ".data" / "secrets")) == 9  # no draft is left


@pytest.mark.parametrize("purpose", ["field", "index", "proof"])
def test_key_ring_has_one_active_key_of_32_bytes(tmp_path: Path, purpose: str) -> None:
    ring = json.loads((make_secrets(tmp_path) / f"{purpose}.json").read_text())
    (key,) = ring.pop("keys")
    assert ring == {"format": "perisai-keyring/1", "purpose": purpose, "active": 1}
    assert (key["id"], key["state"]) == (1, "active")
    assert len(base64.b64decode(key["key"], validate=True)) == 32


def test_demo_passwords_are_long_and_different(tmp_path: Path) -> None:
    passwords = demo_passwords(tmp_path)
    assert set(passwords) == {"SUPERVISOR_PASSWORD", "AGENT_PASSWORD", "POST_AGENT_PASSWORD"}
    assert len(set(passwords.values())) == 3
    assert {len(password) for password in passwords.values()} == {19}


@pytest.mark.usefixtures("unsteered")
def test_urls_point_to_the_remembered_ports(tmp_path: Path) -> None:
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "ports.json").write_text('{"web": 1, "postgres": 2, "valkey": 3}')
    settings = local_environment(tmp_path)
    assert settings["PERISAI_ENV"] == "local"
    assert settings["DATABASE_URL"].endswith("@127.0.0.1:2/perisai")
    assert settings["REDIS_URL"].endswith("@127.0.0.1:3/0")
    assert settings["CACHE_URL"].endswith("@127.0.0.1:3/1")


@pytest.mark.usefixtures("unsteered")
def test_exported_values_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")
    monkeypatch.setenv("REDIS_URL", "redis://broker:6379/0")
    settings = local_environment(tmp_path)
    assert settings["SECRET_KEY"] == "given"  # noqa: S105
    assert settings["REDIS_URL"] == "redis://broker:6379/0"
    assert settings["CACHE_URL"] == "redis://broker:6379/1"


@pytest.mark.parametrize(
    ("broker", "cache"),
    [
        ("redis://b:6379", "redis://b:6379/1"),
        ("redis://b:6379/0", "redis://b:6379/1"),
        ("redis://b:6379/4", "redis://b:6379/4"),
    ],
)
def test_cache_follows_the_broker(broker: str, cache: str) -> None:
    assert cache_beside(broker) == cache


@pytest.mark.usefixtures("unsteered")
def test_production_shape_has_three_hosts_and_no_moved_clock(tmp_path: Path) -> None:
    settings = production_environment(tmp_path)
    hosts = {settings[name] for name in ("PUBLIC_HOST", "ADMIN_HOST", "PARTNER_HOST")}
    assert len(hosts) == 3
    assert set(settings["ALLOWED_HOSTS"].split(",")) == hosts
    assert (settings["PERISAI_ENV"], settings["DEMO_NOW"]) == ("production", "")
