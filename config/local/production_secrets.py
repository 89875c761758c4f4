"""`make secrets`: the files that docker-compose.yml mounts, made once and never overwritten.

Run as root (or with sudo), because each file belongs to the user of the container that reads it.
"""

import os
import secrets
import sys
from pathlib import Path

from config.local.environment import new_key_ring

APP_USER = 10001  # Dockerfile
VALKEY_USER = 999  # the image's own
ROOT_USER = 0
RANDOM_BYTES = 32

VALKEY_CONF = """\
bind * -::*
protected-mode no
requirepass {password}
dir {folder}
appendonly {keeps}
appendfsync everysec
save ""
maxmemory {megabytes}mb
maxmemory-policy {policy}
"""


def secret_files() -> dict[str, tuple[str, int]]:
    """Content and owner of each file; one call makes one consistent set."""
    database, broker, cache = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
    queue = VALKEY_CONF.format(
        password=broker, folder="/data", keeps="yes", megabytes=512, policy="noeviction"
    )
    fleeting = VALKEY_CONF.format(
        password=cache, folder="/run", keeps="no", megabytes=256, policy="allkeys-lru"
    )
    url = f"postgres://perisai_owner:{database}@postgres:5432/perisai"
    return {
        "secret_key": (secrets.token_urlsafe(RANDOM_BYTES), APP_USER),
        "postgres_password": (database, ROOT_USER),
        "database_url": (url, APP_USER),
        "redis_url": (f"redis://:{broker}@broker:6379/0", APP_USER),
        "cache_url": (f"redis://:{cache}@cache:6379/0", APP_USER),
        "broker.conf": (queue, VALKEY_USER),
        "cache.conf": (fleeting, VALKEY_USER),
        "field_keys.json": (new_key_ring("field"), APP_USER),
        "index_keys.json": (new_key_ring("index"), APP_USER),
        "proof_keys.json": (new_key_ring("proof"), APP_USER),
        "notify_callback_secret": (secrets.token_urlsafe(RANDOM_BYTES), APP_USER),
        "notify_token": ("", APP_USER),  # the gateway gives it; nothing starts without
    }


def write_secrets(folder: Path, *, is_root: bool) -> list[Path]:
    """Write the whole set into a new folder. Raises FileExistsError if the folder exists."""
    folder.mkdir(mode=0o700)
    written = []
    for name, (text, owner) in secret_files().items():
        path = folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if is_root:
            os.chown(path, owner, owner)
        written.append(path)
    return written


def main() -> int:
    """Exit 0 when the set was made, 1 when there is one already."""
    folder = Path("secrets")
    is_root = os.geteuid() == ROOT_USER
    try:
        written = write_secrets(folder, is_root=is_root)
    except FileExistsError:
        print(f"{folder}/ exists; nothing was overwritten", file=sys.stderr)
        return 1
    print(f"{len(written)} secrets in {folder}/. Keep a copy of the three key rings elsewhere.")
    print(f"Write the token that the message gateway gave you into {folder}/notify_token.")
    if not is_root:
        print(
            "Made as an ordinary user: run `sudo chown` as config/local/production_secrets.py "
            "names the owners, or the containers cannot read them."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
