"""Bodies that are too large or too slow, at a real gunicorn with production's configuration."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.payments.website import PATIENCE, Website, website

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are found in /proc"),
]
LIMIT: Final = 64 * 1024
BODY_SECONDS: Final = 2
LOGIN: Final = "/api/v1/pospay/login"


@pytest.fixture(scope="module")
def site() -> Iterator[Website]:
    """A web process that needs no database for what it refuses here."""
    nowhere = "postgres://perisai:x@127.0.0.1:1/perisai"
    with website(nowhere, WEB_BODY_SECONDS=str(BODY_SECONDS)) as running:
        yield running


def opened(site: Website, *headers: str) -> socket.socket:
    """A connection that has sent the head of a POST."""
    line = socket.create_connection(("127.0.0.1", site.port), PATIENCE)
    head = [f"POST {LOGIN} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    line.sendall("\r\n".join([*head, *headers, "", ""]).encode())
    return line


def read_to_the_end(line: socket.socket) -> str:
    """Everything until the server closes. Raises TimeoutError if it never does."""
    said = bytearray()
    while piece := line.recv(65_536):
        said += piece
    return said.decode()


def test_p61_body_over_64_kib_is_refused_and_the_connection_closed(site: Website) -> None:
    with closing(opened(site, "Content-Length: 10485760")) as line:
        line.sendall(b" " * (LIMIT + 1))  # and not one byte more
        answer = read_to_the_end(line)

    assert answer.startswith("HTTP/1.1 413 ")
    assert '"code":"payload_too_large"' in answer
    assert "connection: close" in answer.lower()


def test_p61_body_of_no_announced_length_is_not_read(site: Website) -> None:
    with closing(opened(site, "Transfer-Encoding: chunked")) as line:
        piece = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
        line.sendall(piece * (LIMIT // 0x1000 + 4))
        answer = read_to_the_end(line)

    assert answer.startswith("HTTP/1.1 400 ")
    assert "connection: close" in answer.lower()


def test_p61_slow_body_is_cut_off(site: Website) -> None:
    began = time.monotonic()
    with closing(opened(site, "Content-Length: 1000")) as line:
        line.sendall(b'{"username": ')
        answer = read_to_the_end(line)
    seconds = time.monotonic() - began

    assert answer.startswith("HTTP/1.1 400 ")
    assert BODY_SECONDS <= seconds < BODY_SECONDS + 10


def test_p61_slow_bodies_hold_no_thread_for_long(site: Website) -> None:
    lines = [opened(site, "Content-Length: 1000") for _ in range(20)]
    try:
        for line in lines:
            line.sendall(b"{")
        reply = site.call("GET", "/health/live")
    finally:
        for line in lines:
            line.close()

    assert reply.status == 200
    assert reply.seconds < BODY_SECONDS * 3 + 10


def test_p61_memory_stays_bounded(site: Website) -> None:
    before = resident(site)
    for _ in range(3):
        with closing(opened(site, "Content-Length: 104857600")) as line:
            line.sendall(b" " * (LIMIT + 1))
            read_to_the_end(line)

    assert resident(site) - before < 32 * 1024


def test_ordinary_bodies_keep_their_connection(site: Website) -> None:
    with closing(opened(site, "Content-Length: 2")) as line:
        line.sendall(b"[]")
        answer = line.recv(65_536).decode()

    assert answer.startswith("HTTP/1.1 400 ")
    assert "connection: keep-alive" in answer.lower()


def resident(site: Website) -> int:
    """Kilobytes of memory that the worker has."""
    lines = Path(f"/proc/{site.worker}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
