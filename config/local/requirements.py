"""Whether the hashed locks say what `requirements/*.in` ask for. Works without network."""

import re
import sys
from pathlib import Path

LOCK_OF = {"runtime": "requirements.txt", "local": "requirements-local.txt"}
LOCK_OF |= {"dev": "requirements-dev.txt"}
NAMED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?(?:==([^\s;]+))?", re.MULTILINE)
DIRECT = re.compile(r"-r requirements/(\w+)\.in")


def main(root: Path) -> int:
    """Print each requirement that its lock lacks or differs from; 1 when there is one."""
    differences = [line for name in LOCK_OF for line in differences_of(root, name)]
    for line in differences:
        print(line, file=sys.stderr)
    if differences:
        print("Run: make lock", file=sys.stderr)
    return 1 if differences else 0


def differences_of(root: Path, name: str) -> list[str]:
    """Where `requirements/NAME.in` and its lock say different things, one line each."""
    asked = pins(root / "requirements" / f"{name}.in")
    lock = root / LOCK_OF[name]
    locked = pins(lock)
    lines = [
        f"{lock.name}: {package} is {locked.get(package, 'missing')}, asked for {version or 'any'}"
        for package, version in asked.items()
        if package not in locked or (version and locked[package] != version)
    ]
    unhashed = [block for block in blocks(lock) if "--hash=sha256:" not in block]
    lines += [f"{lock.name}: no hash for {block.split()[0]}" for block in unhashed]
    return lines + [
        f"{lock.name}: {package} is there for {name}.in, which does not ask for it"
        for package in direct_packages(lock, name) - set(asked)
    ]


def pins(path: Path) -> dict[str, str]:
    """Normalised package name to exact version, empty where none is asked for."""
    found = NAMED.findall(path.read_text(encoding="utf-8"))
    return {normalised(package): version for package, version in found}


def blocks(lock: Path) -> list[str]:
    """Each requirement of a lock with the lines that belong to it."""
    text = lock.read_text(encoding="utf-8")
    return [
        block for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if block[:1].isalnum()
    ]


def direct_packages(lock: Path, name: str) -> set[str]:
    """The packages that the lock says it holds because `NAME.in` asked for them."""
    return {
        normalised(re.split(r"[=\[ ;]", block, maxsplit=1)[0])
        for block in blocks(lock)
        if name in DIRECT.findall(block)
    }


def normalised(package: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", package).lower()


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parents[2]))
