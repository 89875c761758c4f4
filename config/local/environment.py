"""The environment of a data folder: its secrets, made once, and the settings that point to it.

Standard library only, and no default secret in source: what is not in the folder yet is random.
"""

import base64
import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from config.local.otp import new_totp_secret
from config.local.ports import Ports, remembered_ports

DEMO_PASSWORDS = ("SUPERVISOR_PASSWORD", "AGENT_PASSWORD", "POST_AGENT_PASSWORD")
HOSTS = ("PUBLIC_HOST", "ADMIN_HOST", "PARTNER_HOST")
DEMO_LOGINS = {
    "supervisor": "siti.pengawas",
    "agent": "PRS-1671-0001",
    "post_agent": "60115-007",
}
KEY_BYTES = 32
SECRET_BYTES = 48
TYPABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like another letter


def local_environment(root: Path) -> dict[str, str]:
    """The settings of the checkout at `root` for local use; values already exported win.

    Makes `.data/secrets` when it is missing. Needs neither a database nor Django.
    """
    data = root / ".data"
    settings = environment_of(data, remembered_ports(data), env="local")
    return exported_values_win(settings)


def exported_values_win(settings: dict[str, str]) -> dict[str, str]:
    """The same settings with what the caller exported in their place.

    An exported `REDIS_URL` without `CACHE_URL` takes the cache along to the same server.
    """
    exported = {name: os.environ[name] for name in settings if name in os.environ}
    if "REDIS_URL" in exported and "CACHE_URL" not in exported:
        exported["CACHE_URL"] = cache_beside(exported["REDIS_URL"])
    return settings | exported


def environment_of(data: Path, ports: Ports, *, env: str) -> dict[str, str]:
    """Every setting for the services that keep their data in `data` and listen on `ports`."""
    made = make_secrets(data)
    database = secret(made, "database")
    valkey = f"redis://:{secret(made, 'valkey')}@127.0.0.1:{ports.valkey}"
    return {
        "PERISAI_ENV": env,
        "SECRET_KEY": secret(made, "django"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PUBLIC_HOST": "127.0.0.1",
        "ADMIN_HOST": "127.0.0.1",
        "PARTNER_HOST": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
        "DATABASE_URL": f"postgres://perisai:{database}@127.0.0.1:{ports.postgres}/perisai",
        "REDIS_URL": f"{valkey}/0",
        "CACHE_URL": f"{valkey}/1",
        "FIELD_KEYS_FILE": str(made / "field.json"),
        "INDEX_KEYS_FILE": str(made / "index.json"),
        "PROOF_KEYS_FILE": str(made / "proof.json"),
        "DEMO_PASSWORDS_FILE": str(made / "demo.txt"),
        "DEMO_TOTP_SECRET_FILE": str(made / "totp"),
    }


def cache_beside(redis_url: str) -> str:
    """Database 1 of the server whose database 0 is the broker; any other database is shared."""
    parts = urlsplit(redis_url)
    return parts._replace(path="/1").geturl() if parts.path in {"", "/", "/0"} else redis_url


def make_secrets(data: Path) -> Path:
    """Make what is missing in `data/secrets` and return that folder. Safe beside itself."""
    private_folder(data)
    folder = private_folder(data / "secrets")
    for name in ("django", "database", "valkey", "postgres"):
        write_once(folder / name, secrets.token_urlsafe(SECRET_BYTES))
    for purpose in ("field", "index", "proof"):
        write_once(folder / f"{purpose}.json", new_key_ring(purpose), mode=0o400)
    lines = (f"{name}={typable_password()}\n" for name in DEMO_PASSWORDS)
    write_once(folder / "demo.txt", "".join(lines))
    write_once(folder / "totp", new_totp_secret())
    return folder


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner can enter."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_once(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a private file unless it exists; of two writers at once, the first one's text stays."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def secret(folder: Path, name: str) -> str:
    """A secret that `make_secrets` wrote."""
    return (folder / name).read_text(encoding="utf-8").strip()


def demo_passwords(data: Path) -> dict[str, str]:
    """The demo logins' passwords by their name in `secrets/demo.txt`."""
    lines = (make_secrets(data) / "demo.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", maxsplit=1) for line in lines if "=" in line)


def demo_totp_secret(data: Path) -> str:
    """What the demo's office logins have in their authenticator app."""
    return secret(make_secrets(data), "totp")


def typable_password() -> str:
    """Sixteen letters and digits in groups of four, 79 bits."""
    letters = "".join(secrets.choice(TYPABLE) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def new_key_ring(purpose: str) -> str:
    """A key ring with one active key, in the form of the key files."""
    key = {
        "id": 1,
        "created": datetime.now(tz=UTC).date().isoformat(),
        "state": "active",
        "key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"),
    }
    ring = {"format": "perisai-keyring/1", "purpose": purpose, "active": 1, "keys": [key]}
    return json.dumps(ring, indent=1) + "\n"


def production_environment(root: Path) -> dict[str, str]:
    """Settings in the shape of production for `check --deploy`; nothing is started with them."""
    made = local_environment(root)
    hosts = {name: f"{name.split('_')[0].lower()}.example.id" for name in HOSTS}
    return (
        made
        | hosts
        | {
            "PERISAI_ENV": "production",
            "SECRET_KEY": secrets.token_urlsafe(SECRET_BYTES),
            "ALLOWED_HOSTS": ",".join(hosts.values()),
            "PUBLIC_URL": f"https://{hosts['PUBLIC_HOST']}",
            "TRUSTED_PROXIES": "1",
            "CACHE_URL": f"redis://:{secrets.token_urlsafe(SECRET_BYTES)}@cache.example.id:6379/0",
            "DEMO_NOW": "",
            "NOTIFY_BACKEND": "http",
            "NOTIFY_URL": "https://gateway.example.id/v1/messages",
            "NOTIFY_TOKEN": secrets.token_urlsafe(SECRET_BYTES),
            "NOTIFY_CALLBACK_SECRET": secrets.token_urlsafe(SECRET_BYTES),
        }
    )
