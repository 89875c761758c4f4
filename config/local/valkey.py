"""The embedded Valkey: configured by a private file, ready when it answers to its password."""

import contextlib
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from config.local.binaries import valkey_server
from config.local.errors import CannotStart
from config.local.lifeline import command_for
from config.local.logs import last_lines, rotated
from config.local.ports import LOOPBACK

READY_WITHIN_SECONDS = 15.0
STOPPED_WITHIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """One running server and the lifeline that guards it."""

    process: "subprocess.Popen[bytes]"
    port: int

    def stop(self) -> None:
        """Ask it to end, and wait until it has written what it holds."""
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start_valkey(data: Path, port: int, *, password: str, is_durable: bool) -> Valkey:
    """Start the server of `data` on a loopback port. Raises CannotStart with the end of its log."""
    folder = data / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    write_configuration(folder, port, password=password, is_durable=is_durable)
    log = data / "log" / "valkey.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with rotated(log).open("wb") as output:
        process = subprocess.Popen(
            command_for(data / "lock", "run", [str(valkey_server()), str(folder / "valkey.conf")]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while not answers(port, password):
        if process.poll() is not None or time.monotonic() > give_up_at:
            process.terminate()
            raise CannotStart(
                f"Valkey did not start on port {port}. The end of {log}:\n{last_lines(log)}"
            )
        time.sleep(0.02)
    return Valkey(process=process, port=port)


def write_configuration(folder: Path, port: int, *, password: str, is_durable: bool) -> None:
    """The whole configuration, the password too, in a file of mode 0600."""
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        f"appendonly {'yes' if is_durable else 'no'}",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "databases 32",
        "daemonize no",
    ]
    path = folder / "valkey.conf"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def answers(port: int, password: str) -> bool:
    """Whether the server takes this password and answers a PING."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1) as line:
        line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        said = b""
        while b"+PONG" not in said and b"-" not in said:
            part = line.recv(200)
            if not part:
                return False
            said += part
        return b"+PONG" in said
    return False
