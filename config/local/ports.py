"""Ports on the loopback: a wish, else any free one, remembered in the data folder."""

import json
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the three services of a data folder listen."""

    web: int = 8000
    postgres: int = 55431
    valkey: int = 56378


def remembered_ports(data: Path) -> Ports:
    """The ports of the last run here, else the wish list. An unreadable file is none."""
    try:
        found = json.loads((data / "ports.json").read_text(encoding="utf-8"))
        return Ports(**{name: int(found[name]) for name in asdict(Ports())})
    except (OSError, ValueError, KeyError, TypeError):
        return Ports()


def remember(data: Path, ports: Ports) -> None:
    """Keep the choice for the next run and for commands beside this one."""
    draft = data / "ports.json.new"
    draft.write_text(json.dumps(asdict(ports)) + "\n", encoding="utf-8")
    draft.replace(data / "ports.json")


def is_free(port: int) -> bool:
    """Whether nobody listens on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that the kernel says is free; somebody may still be quicker."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def free_ports(wish: Ports) -> Ports:
    """The wish, with each taken port replaced by a free one, all three different."""
    chosen = wish
    used: set[int] = set()
    for name, port in asdict(wish).items():
        fitting = port
        while fitting in used or not is_free(fitting):
            fitting = any_free_port()
        used.add(fitting)
        chosen = replace(chosen, **{name: fitting})
    return chosen
