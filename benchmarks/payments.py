"""A payment over HTTP against pgbench running the same statements."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import cycle
from statistics import median
from subprocess import DEVNULL, Popen
from time import perf_counter
from typing import Any, Final

from benchmarks.machine import pgbench
from benchmarks.paying import (
    AMOUNT,
    PASSWORD,
    TERMINAL,
    Stage,
    make_bills,
    make_stage,
    write_script,
)
from benchmarks.report import Figure, Report, spread
from benchmarks.stage import StatementCount
from config.local.processes import app_environment, wait_until_ready, web_command
from config.local.services import Running
from payments.models import Channel, Payment
from payments.services.checks import run_checks
from payments.services.outcomes import Posted
from payments.services.posting import PayCommand, Taker, pay

CLIENTS: Final = 8
ROUNDS: Final = 5
PER_CLIENT: Final = 150
A_ROUND: Final = CLIENTS * PER_CLIENT
ALL: Final = A_ROUND * (ROUNDS + 1)  # one round warms up
GOAL_RATIO: Final = (
    0.19  # B1 x B2 of the design: 0.35 of pgbench in the service, 0.55 of it by HTTP
)
MOST_STATEMENTS: Final = 10


def run(running: Running, say: Callable[[str], None]) -> Report:
    """Alternate HTTP and pgbench, one warm round and five measured ones; then check the books."""
    stage = make_stage()
    say(f"payments: making {2 * ALL:,} bills")
    make_bills(stage, count=ALL, is_bare=True)
    codes = make_bills(stage, count=ALL + 1, is_bare=False)
    per_client = PER_CLIENT * (ROUNDS + 1)
    script = write_script(running.data, stage, per_client=per_client)
    statements = _statements_of_a_payment(stage, codes.pop())
    pairs: list[tuple[float, float]] = []
    with _web(running) as port:
        tokens = [_log_in(port, outlet.outlet_code) for outlet in stage.outlets]
        for number in range(ROUNDS + 1):
            say(f"payments: round {number} of {ROUNDS}")
            batch = codes[number * A_ROUND : (number + 1) * A_ROUND]
            http = _http_rate(port, tokens, batch, now=stage.now.isoformat())
            pairs.append((http, _bare_rate(running, str(script), skip=number * PER_CLIENT)))
    _must_be_clean(payments=2 * ALL + 1)
    return _report(pairs[1:], statements)


def _report(pairs: list[tuple[float, float]], statements: int) -> Report:
    ratios = [http / bare for http, bare in pairs]
    return Report(
        name="payments",
        title="One payment of one month",
        conditions=f"{CLIENTS} clients, {ROUNDS} rounds of {A_ROUND:,} payments each way by turns; "
        "client, web and database share the machine; check_money clean afterwards.",
        figures=(
            Figure(
                name="HTTP ÷ pgbench with the same statements",
                value=spread(ratios),
                goal=f"≥ {GOAL_RATIO}",
                is_met=median(ratios) >= GOAL_RATIO,
            ),
            Figure(name="payments over HTTP", value=spread([p[0] for p in pairs], "/s")),
            Figure(name="pgbench, prepared", value=spread([p[1] for p in pairs], "/s")),
            Figure(
                name="statements of the posting service",
                value=str(statements),
                goal=f"≤ {MOST_STATEMENTS}",
                is_met=statements <= MOST_STATEMENTS,
            ),
        ),
    )


def _statements_of_a_payment(stage: Stage, code: str) -> int:
    taker = Taker(
        partner_id=stage.outlet.partner_id,
        admin_fee=stage.outlet.partner.admin_fee,
        cutoff=stage.outlet.partner.cutoff_time,
        outlet_id=stage.outlet.pk,
    )
    command = PayCommand(
        channel=Channel.REST,
        taker=taker,
        key="bench-statements",
        bill_code=code,
        amount=AMOUNT,
        reference="bench-statements",
        paid_at=stage.now,
        terminal=TERMINAL,
    )
    with StatementCount() as count:
        outcome = pay(command, now=stage.now)
    if not isinstance(outcome, Posted):
        raise TypeError(f"the payment was not posted: {outcome}")
    return count.statements


@contextmanager
def _web(running: Running) -> Iterator[int]:
    """gunicorn as `make run` starts it; its port."""
    environment = app_environment(running, role="web") | {"LOG_LEVEL": "ERROR"}
    with Popen(web_command(running), env=environment, stdout=DEVNULL, stderr=DEVNULL) as web:
        try:
            if not wait_until_ready(f"http://127.0.0.1:{running.ports.web}"):
                raise RuntimeError("web did not start")
            yield running.ports.web
        finally:
            web.terminate()


def _log_in(port: int, username: str) -> str:
    body = {"username": username, "password": PASSWORD, "terminal_id": username}
    status, answer = _post(HTTPConnection("127.0.0.1", port), "/api/v1/pospay/login", body, {})
    if status != 200:
        raise RuntimeError(f"login answered {status}")
    return str(answer["token"])


def _http_rate(port: int, tokens: list[str], codes: list[str], *, now: str) -> float:
    """Payments per second with as many keep-alive connections as clients."""
    shares = [(codes[number::CLIENTS], tokens[number::CLIENTS]) for number in range(CLIENTS)]
    started = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda share: _pay_all(port, share[0], share[1], now), shares))
    return len(codes) / (perf_counter() - started)


def _pay_all(port: int, codes: list[str], tokens: list[str], now: str) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    for code, token in zip(codes, cycle(tokens), strict=False):
        body = {"bill_code": code, "amount": AMOUNT, "terminal_id": TERMINAL, "paid_at": now}
        headers = {"Authorization": f"Token {token}", "Idempotency-Key": f"bench-http-{code}"}
        status, answer = _post(connection, "/api/v1/pospay/payments", body, headers)
        if status != 201:
            raise RuntimeError(f"a payment answered {status} {answer.get('code')}")
    connection.close()


def _post(
    connection: HTTPConnection, path: str, body: dict[str, Any], headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    raw = json.dumps(body).encode()
    connection.request("POST", path, raw, {"Content-Type": "application/json"} | headers)
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    return response.status, answer


def _bare_rate(running: Running, script: str, *, skip: int) -> float:
    return pgbench(
        running,
        "--no-vacuum",
        *("--protocol", "prepared", "--file", script),
        *("--client", str(CLIENTS), "--jobs", "2", "--transactions", str(PER_CLIENT)),
        *("--define", f"n={skip}"),
    )


def _must_be_clean(*, payments: int) -> None:
    """No figure is printed when an invariant is broken afterwards."""
    booked = Payment.objects.count()
    broken = [check.code for check in run_checks() if check.breaks]
    if booked != payments or broken:
        raise RuntimeError(f"{booked} of {payments} payments booked; broken: {broken}")
