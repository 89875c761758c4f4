"""The first national user and the first partner: once, or nothing and one line."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from payments.models import PaymentPartner, PostAgent
from perisai import totp
from perisai.models import Role, User
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import UserFactory
from tests.fixtures import Caller

pytestmark = pytest.mark.django_db

ANSWERS = {
    "username": "kepala.nasional",
    "second_username": "wakil.nasional",
    "partner_code": "pospay",
    "partner_name": "PT Contoh",
    "outlet_code": "60115-001",
}


def run(**changes: str) -> list[str]:
    said = StringIO()
    call_command("bootstrap", stdout=said, **ANSWERS | changes)
    return said.getvalue().splitlines()


def value(lines: list[str], label: str, *, nth: int = 0) -> str:
    return [line[17:] for line in lines if line.startswith(label)][nth]


def test_both_are_made_and_can_log_in() -> None:
    lines = run()
    user = User.objects.get(username=ANSWERS["username"])
    assert user.role == Role.NATIONAL
    browser = Client()
    sent: Any = {"username": user.username, "password": value(lines, "password")}
    assert browser.post("/admin/login/", sent).headers["Location"] == "/admin/login/code/"
    secret = value(lines, "authenticator")
    code = totp.code_at(secret, totp.step_of(timezone.now()))
    assert browser.post("/admin/login/code/", {"code": code}).headers["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200
    assert len(value(lines, "recovery codes").split()) == 10
    second = {"username": ANSWERS["second_username"], "password": value(lines, "password", nth=1)}
    answer = Client().post("/admin/login/", second)
    assert answer.headers["Location"] == "/admin/login/app/"
    terminal = {"terminal_id": "T-01", "password": value(lines, "password", nth=2)}
    body = terminal | {"username": ANSWERS["outlet_code"]}
    assert Caller().post("/api/v1/pospay/login", body).status_code == 200


def test_the_second_time_is_refused() -> None:
    run()
    with pytest.raises(CommandError, match="already") as refusal:
        run(username="a", second_username="b", partner_code="lain", outlet_code="lain")
    assert "\n" not in str(refusal.value)
    assert (User.objects.count(), PaymentPartner.objects.count()) == (3, 1)


@pytest.mark.parametrize("there", ["user", "partner"])
def test_nothing_is_made_beside_what_exists(there: str) -> None:
    if there == "user":
        UserFactory.create(role=Role.AUDITOR)
    else:
        PostAgentFactory.create()
    before = (User.objects.count(), PostAgent.objects.count())
    with pytest.raises(CommandError, match="already"):
        run()
    assert (User.objects.count(), PostAgent.objects.count()) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "nama dengan spasi"},
        {"username": "x" * 61},
        {"username": "60115-001"},
        {"second_username": "kepala.nasional"},
        {"partner_code": "Huruf Besar"},
        {"partner_name": "x" * 101},
        {"outlet_code": "-"},
        {"username": ""},
    ],
)
def test_a_bad_answer_is_one_line_and_makes_nothing(changes: dict[str, str]) -> None:
    with pytest.raises(CommandError) as refusal:
        run(**changes)
    assert refusal.value.returncode == 1
    assert "\n" not in str(refusal.value)
    assert (User.objects.count(), PaymentPartner.objects.count()) == (0, 0)
