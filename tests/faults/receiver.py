"""Where messages arrive: a server that takes each once, and may keep who sends waiting."""

import json
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any


class Receiver:
    """What arrived, by reference, and how often each was sent; safe between threads."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: dict[str, Any] = {}
        self.calls: Counter[str] = Counter()
        self.strange: list[str] = []
        self._gone_on = Event()
        self._words: deque[str] = deque(["ok"])
        self._lock = Lock()

    def answer(self, *words: str) -> None:
        """What the next calls get, one word each, the last one for good: ok, or hang."""
        with self._lock:
            self._words = deque(words)

    def let_go(self) -> None:
        """Answer those who hang."""
        self._gone_on.set()

    def wait(self) -> None:
        """Until somebody lets go."""
        self._gone_on.wait()

    def take(self, body: dict[str, Any]) -> str:
        """Keep a message; one that is here already is the same. Returns the word for this call."""
        with self._lock:
            self.calls[body["reference"]] += 1
            if self.messages.setdefault(body["reference"], body) != body:
                self.strange.append(body["reference"])
            return self._words.popleft() if len(self._words) > 1 else self._words[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was killed in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Take it, and answer as told."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.receiver.take(body) == "hang":
            self.server.receiver.wait()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server on a port of its own."""
    receiver = Receiver()
    with _Server(receiver) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.let_go()
            server.shutdown()
            thread.join()
