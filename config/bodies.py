"""Bodies that come slowly, or are larger than any call may send: what gunicorn itself leaves open.

A thread reads the body, so bytes that trickle in would hold it for as long as the caller likes. In
production the proxy has the whole body before a thread sees it; these hooks hold without one.
"""

import os
import socket
from contextlib import suppress
from threading import Timer
from typing import Any, Final

BODY_SECONDS: Final = float(os.environ.get("WEB_BODY_SECONDS", "30"))
MOST_BYTES: Final = (
    ("/api/v1/pospay", 64 * 1024),
    ("/api/v1/messages", 4 * 1024),
    ("/api/v1/attachments", 512 * 1024),
)


def pre_request(_worker: Any, request: Any) -> None:
    """Give a body that is not here yet its time, and no second request after one too large."""
    length = announced(request.headers)
    if length is not None and length <= request.unreader.buf.getbuffer().nbytes:
        return  # it came with its headers, as nearly every body does, or there is none
    if length is None or length > most_bytes(request.path):
        request.force_close()
    request.body_timer = Timer(BODY_SECONDS, end_of_patience, [request.unreader.sock])
    request.body_timer.daemon = True
    request.body_timer.start()


def post_request(_worker: Any, request: Any, _environ: Any, _response: Any) -> None:
    """The answer is out: nobody waits for the body any more."""
    timer: Timer | None = getattr(request, "body_timer", None)
    if timer is not None:
        timer.cancel()


def announced(headers: list[tuple[str, str]]) -> int | None:
    """How long the body says it is; None for one that does not say."""
    named = dict(headers)
    if "TRANSFER-ENCODING" in named:
        return None
    return int(named.get("CONTENT-LENGTH", "0"))


def most_bytes(path: str) -> int:
    """What the views of a path read at most; those of other paths close nothing."""
    return next((most for start, most in MOST_BYTES if path.startswith(start)), 2**63)


def end_of_patience(sock: socket.socket) -> None:
    """Nothing more is read: the view finds the body cut short, and answers so."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)
