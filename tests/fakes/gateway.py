"""A message gateway that answers as it is told, and remembers what it got.

    with fake_gateway() as gateway:            # in a test: settings from `gateway.settings()`
        gateway.answer("busy:7", "ok")         # the next two calls; the last word holds on
        gateway.messages, gateway.calls        # taken by reference; how often each was sent
        gateway.report("17", "delivered", to=url)

    python -m tests.fakes.gateway --token T [--port N] [--callback URL --secret S]

The process prints its address. `GET /got` lists what it got, `POST /answers` with a JSON list of
words tells it what to answer, `POST /go` answers those whom it holds, `POST /reports` with
`{reference, state}` makes it call back; these four need no token. Standard library only: it runs
without the project's settings. `config.local.gateway` starts it and asks it.

Words: ok, quota (403), token (401), refused (422), busy:SECONDS (429; without SECONDS no
Retry-After), error (500), redirect: not taken. Taken, but the answer is lost or no use: hang, cut,
garbage, huge, nameless, drip, number (an id that holds the number). slow:SECONDS is taken and
answered late, hold once somebody says so.
"""

import argparse
import hashlib
import hmac
import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Lock, Thread
from typing import Any, Final
from urllib.parse import urlsplit

TOKEN: Final = "tanda-gerbang-untuk-percobaan-saja"  # noqa: S105  of the fake
SECRET: Final = "rahasia-laporan-gerbang-untuk-percobaan"  # noqa: S105  of the fake
PATH: Final = "/v1/messages"
UNTAKEN: Final = {"quota": 403, "token": 401, "refused": 422, "busy": 429, "error": 500}
HANGS_FOR: Final = 60.0


def signed(body: bytes, *, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    """The headers with which the gateway proves that a report is its own."""
    moment = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return {"X-Gateway-Timestamp": moment, "X-Gateway-Signature": digest.hexdigest()}


@dataclass
class FakeGateway:
    """What a test tells the server, and what it got; safe between threads."""

    token: str = TOKEN
    secret: str = SECRET
    url: str = ""
    callback: str = ""
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)  # repeats with another content, bad tokens
    connections: int = 0
    _answers: deque[str] = field(default_factory=lambda: deque(["ok"]))
    _lock: Lock = field(default_factory=Lock)
    _closing: Event = field(default_factory=Event)
    _going: Event = field(default_factory=Event)

    def settings(self) -> dict[str, Any]:
        """What the project is set to, to send here."""
        return {
            "NOTIFY_BACKEND": "http",
            "NOTIFY_URL": self.url,
            "NOTIFY_TOKEN": self.token,
            "NOTIFY_CALLBACK_SECRET": self.secret,
        }

    def answer(self, *words: str) -> None:
        """What the next calls are answered, one each; the last word holds from then on."""
        with self._lock:
            self._answers = deque(words)

    def next_word(self) -> str:
        """Take the word for this call."""
        with self._lock:
            return self._answers.popleft() if len(self._answers) > 1 else self._answers[0]

    def note_call(self, body: dict[str, Any]) -> None:
        """Somebody sent a message, whether or not it is taken."""
        with self._lock:
            self.calls[body["reference"]] += 1

    def take(self, body: dict[str, Any]) -> str:
        """Take a message; one that is here already is the same one. Its name is returned."""
        reference = body["reference"]
        with self._lock:
            known = self.messages.setdefault(reference, body)
            if known != body:
                self.strange.append(f"{reference} came again with another content")
        return f"gw-{reference}"

    def got(self) -> dict[str, Any]:
        """All that it got, for a listing."""
        with self._lock:
            return {
                "messages": dict(self.messages),
                "calls": dict(self.calls),
                "strange": list(self.strange),
            }

    def report(self, reference: str, state: str, *, to: str = "") -> int:
        """Call back about a message; the answer's status."""
        body = json.dumps({"reference": reference, "state": state}).encode()
        target = urlsplit(to or self.callback)
        kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
        connection = kind(target.hostname or "", target.port, timeout=10)
        headers = {"Content-Type": "application/json"} | signed(body, secret=self.secret)
        try:
            connection.request("POST", target.path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def wait_for_closing(self, seconds: float) -> None:
        """Sleep, but not beyond the server's end."""
        self._closing.wait(seconds)

    def linger(self, word: str, number: str) -> None:
        """Until somebody lets go, where the word is hold; else for so many seconds."""
        if word == "hold":
            self._going.wait()
        else:
            self.wait_for_closing(float(number or 0))

    def let_go(self) -> None:
        """Answer those whom it holds, now and from now on."""
        self._going.set()

    def close(self) -> None:
        """Let those go who hang."""
        self._closing.set()
        self._going.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, gateway: FakeGateway, port: int, tls: SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.gateway = gateway
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        scheme = "https" if tls is not None else "http"
        gateway.url = f"{scheme}://127.0.0.1:{self.server_port}{PATH}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hung up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def gateway(self) -> FakeGateway:
        return self.server.gateway

    def setup(self) -> None:
        """Count who connects."""
        self.gateway.connections += 1
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """The listing."""
        self._say(200, self.gateway.got()) if self.path == "/got" else self._say(404, {})

    def do_POST(self) -> None:
        """A message, or an order of who runs the fake."""
        said = self._body()
        match self.path:
            case "/answers":
                self.gateway.answer(*said)
                self._say(200, {})
            case "/go":
                self.gateway.let_go()
                self._say(200, {})
            case "/reports":
                status = self.gateway.report(said["reference"], said["state"])
                self._say(200, {"status": status})
            case path if path == PATH:
                self._message(said)
            case _:
                self._say(404, {})

    def _message(self, body: dict[str, Any]) -> None:
        if self.headers["Authorization"] != f"Bearer {self.gateway.token}":
            self.gateway.strange.append("a call without the token")
            self._say(401, {"error": "token"})
            return
        self.gateway.note_call(body)
        word, _colon, number = self.gateway.next_word().partition(":")
        if word in UNTAKEN:
            after = {"Retry-After": number} if number else {}
            self._say(UNTAKEN[word], {"error": word, "echo": body}, after)
        elif word == "redirect":
            self._say(307, {}, {"Location": f"{PATH}?to={body['to']}"})
        else:
            self._taken(word, number, name=self.gateway.take(body), body=body)
            if self.gateway.callback:
                Thread(target=self._call_back, args=[body["reference"]], daemon=True).start()

    def _taken(self, word: str, number: str, *, name: str, body: dict[str, Any]) -> None:
        match word:
            case "hang":
                self.gateway.wait_for_closing(HANGS_FOR)
                self.close_connection = True
            case "cut":
                self._raw(b'{"id": "', length=500)
            case "garbage":
                self._raw(b"<html>" + json.dumps(body).encode() + b"</html>")
            case "huge":
                self._raw(b'{"id": "' + b"a" * 300_000 + b'"}')
            case "drip":
                self._drip(json.dumps({"id": name}).encode())
            case "nameless":
                self._say(200, {"message": name})
            case "number":
                self._say(200, {"id": f"{name}-{body['to']}"})
            case _:
                self.gateway.linger(word, number)
                self._say(202, {"id": name})

    def _call_back(self, reference: str) -> None:
        with suppress(OSError):
            self.gateway.report(reference, "delivered")

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"null")

    def _say(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        raw = json.dumps(said).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _raw(self, raw: bytes, *, length: int = 0) -> None:
        """Bytes as they are; a `length` beyond them is a promise that is broken."""
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.close_connection = bool(length)

    def _drip(self, raw: bytes) -> None:
        """One byte at a time, slowly, so that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        for byte in raw:
            self.wfile.write(bytes([byte]))
            self.gateway.wait_for_closing(0.2)


@contextmanager
def fake_gateway(
    *,
    port: int = 0,
    tls: SSLContext | None = None,
    token: str = TOKEN,
    secret: str = SECRET,
    callback: str = "",
) -> Iterator[FakeGateway]:
    """A gateway on a port of its own."""
    gateway = FakeGateway(token=token, secret=secret, callback=callback)
    server = _Server(gateway, port, tls)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.close()
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Run until somebody ends it."""
    parser = argparse.ArgumentParser(description="A message gateway for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--secret", default=SECRET)
    parser.add_argument("--callback", default="")
    asked = parser.parse_args()
    running = fake_gateway(
        port=asked.port, token=asked.token, secret=asked.secret, callback=asked.callback
    )
    with running as gateway, suppress(KeyboardInterrupt):
        print(gateway.url, flush=True)  # noqa: T201  who started it reads this
        Event().wait()


if __name__ == "__main__":
    main()
