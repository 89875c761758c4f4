"""Payments over HTTP: gunicorn as `make run` starts it, terminals with keep-alive connections."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from subprocess import DEVNULL, Popen
from time import perf_counter
from typing import Any, Final, Self

from benchmarks.paying import AMOUNT, CLIENTS, PASSWORD, TERMINAL
from config.local.processes import app_environment, wait_until_ready, web_command
from config.local.services import Running

CREATED: Final = 201
OK: Final = 200
HEAD_ENDS: Final = b"\r\n\r\n"


@contextmanager
def web_server(running: Running) -> Iterator[int]:
    """The web processes; their port."""
    environment = app_environment(running, role="web") | {"LOG_LEVEL": "ERROR"}
    with Popen(web_command(running), env=environment, stdout=DEVNULL, stderr=DEVNULL) as web:
        try:
            if not wait_until_ready(f"http://127.0.0.1:{running.ports.web}"):
                raise RuntimeError("web did not start")
            yield running.ports.web
        finally:
            web.terminate()


class Line:
    """One keep-alive connection on a bare socket: the client must cost little beside the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._socket.close()

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer."""
        raw = json.dumps(body).encode()
        said = headers | {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Content-Length": str(len(raw)),
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        self._socket.sendall("\r\n".join(lines).encode() + HEAD_ENDS + raw)
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        received = b""
        while HEAD_ENDS not in received:
            received += self._more()
        head, _ends, body = received.partition(HEAD_ENDS)
        status, *fields = head.decode("latin-1").split("\r\n")
        told = dict(field.lower().split(": ", 1) for field in fields)
        while len(body) < int(told["content-length"]):
            body += self._more()
        return int(status.split()[1]), body

    def _more(self) -> bytes:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def log_in(port: int, username: str) -> str:
    """A terminal's token."""
    body = {"username": username, "password": PASSWORD, "terminal_id": username}
    with Line(port) as line:
        status, answer = line.post("/api/v1/pospay/login", body, {})
    if status != OK:
        raise RuntimeError(f"login answered {status}")
    return str(json.loads(answer)["token"])


def http_rate(port: int, tokens: list[str], codes: list[str], *, now: str) -> float:
    """Payments per second with as many connections as clients. Raises RuntimeError if one fails."""
    shares = [(codes[number::CLIENTS], tokens[number::CLIENTS]) for number in range(CLIENTS)]
    started = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda share: _pay_all(port, share[0], share[1], now), shares))
    return len(codes) / (perf_counter() - started)


def _pay_all(port: int, codes: list[str], tokens: list[str], now: str) -> None:
    with Line(port) as line:
        for code, token in zip(codes, cycle(tokens), strict=False):
            body = {"bill_code": code, "amount": AMOUNT, "terminal_id": TERMINAL, "paid_at": now}
            headers = {"Authorization": f"Token {token}", "Idempotency-Key": f"bench-http-{code}"}
            status, answer = line.post("/api/v1/pospay/payments", body, headers)
            if status != CREATED:
                raise RuntimeError(f"a payment answered {status} {answer[:200]!r}")
