"""Tries beside each other cannot outrun the count of failures."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from axes.models import AccessAttempt
from django.db import connection

from tests.factories.perisai import AgentFactory, login_body
from tests.fixtures import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def test_parallel_tries_get_no_more_than_five_answers() -> None:
    agent = AgentFactory.create()
    start = Barrier(8)

    def guess(number: int) -> int:
        try:
            start.wait(timeout=10)
            body = login_body(agent, password=f"tebakan-{number}")
            return int(Caller().post("/api/v1/auth/login", body).status_code)
        finally:
            connection.close()

    statuses: list[int] = []
    for _ in range(3):
        with ThreadPoolExecutor(max_workers=8) as pool:
            statuses += pool.map(guess, range(8))

    assert set(statuses) == {401, 429}
    counted = AccessAttempt.objects.order_by("-failures_since_start").first()
    assert counted is not None
    assert counted.failures_since_start == statuses.count(401) <= 5
