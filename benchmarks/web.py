"""The product's web processes under a benchmark, and connections that cost little beside them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import DEVNULL, Popen
from typing import Any, Final, Self

from config.local.processes import app_environment, wait_until_ready, web_command
from config.local.services import Running

APPLICATION: Final = "config.wsgi:application"
HEAD_ENDS: Final = b"\r\n\r\n"


@contextmanager
def web_server(running: Running, application: str = APPLICATION) -> Iterator[Popen[bytes]]:
    """gunicorn as `make run` starts it, on the port of `running`."""
    environment = app_environment(running, role="web") | {"LOG_LEVEL": "ERROR"}
    program, _product, *flags = web_command(running)
    with Popen(
        [program, application, *flags], env=environment, stdout=DEVNULL, stderr=DEVNULL
    ) as web:
        try:
            if not wait_until_ready(f"http://127.0.0.1:{running.ports.web}"):
                raise RuntimeError("web did not start")
            yield web
        finally:
            web.terminate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `size` counts every byte, the head's too."""

    status: int
    fields: dict[str, str]
    body: bytes
    size: int


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
        answer = self.send(path, json.dumps(body).encode(), headers)
        return answer.status, answer.body

    def send(self, path: str, raw: bytes, headers: dict[str, str]) -> Answer:
        """POST a body that is JSON already, compressed or not."""
        about = {"Content-Type": "application/json", "Content-Length": str(len(raw))}
        return self._call("POST", path, headers | about, raw)

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """GET without a body."""
        return self._call("GET", path, headers, b"")

    def _call(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Answer:
        said = headers | {"Host": "127.0.0.1"}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        self._socket.sendall("\r\n".join(lines).encode() + HEAD_ENDS + raw)
        return self._answer()

    def _answer(self) -> Answer:
        received = b""
        while HEAD_ENDS not in received:
            received += self._more()
        head, _ends, body = received.partition(HEAD_ENDS)
        status, *fields = head.decode("latin-1").split("\r\n")
        told = {name.lower(): value for name, value in (one.split(": ", 1) for one in fields)}
        while len(body) < int(told.get("content-length", "0")):  # a 304 has none
            body += self._more()
        return Answer(
            status=int(status.split()[1]),
            fields=told,
            body=body,
            size=len(head) + len(HEAD_ENDS) + len(body),
        )

    def _more(self) -> bytes:
        piece = self._socket.recv(65_536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece
