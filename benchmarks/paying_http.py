"""Payments over HTTP: terminals with keep-alive connections."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from time import perf_counter
from typing import Final

from benchmarks.paying import AMOUNT, CLIENTS, PASSWORD, TERMINAL
from benchmarks.web import Line

CREATED: Final = 201
OK: Final = 200


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
