"""Logging in and choosing a new password by a code: six digits, five minutes, five tries."""

import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from perisai.models import (
    Agent,
    AgentEvent,
    AgentState,
    DeviceToken,
    LoginCode,
    OutboxMessage,
)
from perisai.privacy import blind_index
from perisai.registry import Message
from perisai.services import messages
from perisai.services.agent_states import end_agent, suspend_agent
from perisai.services.agents import Decision
from perisai.services.code_requests import CodeRequest, ask_for_code, purge_codes
from perisai.services.login_codes import code_of
from tests.factories.perisai import PASSWORD, AgentFactory, UserFactory, login_body
from tests.fixtures import Caller, LogIn

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"
NEW_PASSWORD = "kata-sandi-baru-yang-panjang"  # noqa: S105  of nobody
Sent = list[tuple[str, Message]]


@pytest.fixture(autouse=True)
def _many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted in the cache is no claim of these tests."""
    monkeypatch.setattr("perisai.api.throttles.calls", lambda key, seconds: 1)


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create(phone=PHONE, phone_index=blind_index("phone", PHONE))


def ask(caller: Caller, login: str, **device: str) -> Any:
    body: dict[str, Any] = {"login": login}
    answer: Any = caller.post("/api/v1/auth/code", body | ({"device": device} if device else {}))
    assert (answer.status_code, answer.json()) == (202, {}), answer.content
    return answer


def told_code(sent: Sent) -> str:
    """The digits in the newest message."""
    messages.relay(timezone.now() + timedelta(minutes=1), limit=10)  # due by the server's clock
    found = re.search(r"\b\d{6}\b", sent[-1][1].text)
    assert found is not None
    return found.group()


def by_code(agent: Agent, code: str, **changes: Any) -> dict[str, Any]:
    body = login_body(agent, code=code) | changes
    del body["password"]
    return body


def log_in(caller: Caller, body: dict[str, Any]) -> tuple[int, str]:
    answer: Any = caller.post("/api/v1/auth/login", body)
    return answer.status_code, answer.json().get("code", "")


WRONG = (401, "invalid_credentials")
RIGHT = (200, "")


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_code_comes_to_the_agents_own_phone_and_logs_in_once(
    anonymous: Caller, agent: Agent, sent_messages: Sent
) -> None:
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    (_reference, sent) = sent_messages[0]
    assert (sent.phone_e164, sent.template, len(sent_messages)) == (PHONE, "agent_login_code", 1)
    assert sent.text.startswith("Kode masuk Perisai: ")
    assert dict(sent.parameters) == {"code": code}
    assert log_in(anonymous, by_code(agent, code, login="0812-3456-7890")) == RIGHT
    assert log_in(anonymous, by_code(agent, code)) == WRONG
    assert DeviceToken.objects.count() == 1


def test_code_speaks_the_agents_language(
    anonymous: Caller, agent: Agent, sent_messages: Sent
) -> None:
    agent.user.language = "en"
    agent.user.save(update_fields=["language"])
    ask(anonymous, agent.number)
    told_code(sent_messages)
    assert sent_messages[0][1].text.startswith("Your Perisai login code: ")


def test_code_lasts_five_minutes(anonymous: Caller, agent: Agent, sent_messages: Sent) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for wait, outcome in ((299, RIGHT), (300, WRONG)):
            ask(anonymous, agent.number)
            code = told_code(sent_messages)
            clock.shift(timedelta(seconds=wait))
            assert log_in(anonymous, by_code(agent, code)) == outcome


def test_code_bruteforce(anonymous: Caller, agent: Agent, sent_messages: Sent) -> None:
    """Five wrong tries end a code, whatever device they come from, and lock the login too."""
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    for _ in range(5):
        assert log_in(anonymous, by_code(agent, other_than(code))) == WRONG
    assert log_in(anonymous, by_code(agent, code)) == (429, "rate_limited")
    assert LoginCode.objects.get().tries == 5
    with time_machine.travel(timezone.now() + timedelta(minutes=4), tick=False):
        assert log_in(anonymous, by_code(agent, code, login=PHONE)) == WRONG
    assert DeviceToken.objects.count() == 0


def test_only_the_newest_code_counts(anonymous: Caller, agent: Agent, sent_messages: Sent) -> None:
    codes = []
    for _ in range(2):
        ask(anonymous, agent.number)
        codes.append(told_code(sent_messages))
    assert log_in(anonymous, by_code(agent, codes[0])) == WRONG
    assert log_in(anonymous, by_code(agent, codes[1])) == RIGHT


def test_code_of_another_agent_opens_nothing(
    anonymous: Caller, agent: Agent, sent_messages: Sent
) -> None:
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    assert log_in(anonymous, by_code(AgentFactory.create(), code)) == WRONG
    assert LoginCode.objects.get().used_at is None


def test_code_throttle_survives_cache_flush(anonymous: Caller, agent: Agent) -> None:
    """Three an hour per number, however it is written; the fourth is answered alike."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for login in (agent.number, PHONE, "0812-3456-7890", agent.number.lower()):
            ask(anonymous, login)
            cache.clear()
            clock.shift(timedelta(minutes=1))
        assert OutboxMessage.objects.count() == 3
        clock.shift(timedelta(minutes=57))
        ask(anonymous, agent.number)
        assert OutboxMessage.objects.count() == 4


def test_code_throttle_counts_per_device_too(anonymous: Caller) -> None:
    phone = {"installation_id": str(uuid4())}
    for agent in AgentFactory.create_batch(4):
        ask(anonymous, agent.number, **phone)
    assert LoginCode.objects.count() == 3
    ask(anonymous, "PRS-0000-0000", installation_id=str(uuid4()))
    assert LoginCode.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_askings_beside_each_other_bring_no_more_than_three(agent: Agent) -> None:
    start = Barrier(12)
    logins = (agent.number, PHONE)

    def send(login: str) -> None:
        start.wait()
        try:
            ask_for_code(CodeRequest(login=login), now=timezone.now())
        finally:
            connection.close()

    threads = [Thread(target=send, args=(logins[number % 2],)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= LoginCode.objects.count() <= 3
    assert LoginCode.objects.count() == OutboxMessage.objects.count()


def unknown(_agent: Agent) -> str:
    return "PRS-0000-0000"


def colleague() -> Agent:
    phone = "+6281234567891"
    return AgentFactory.create(phone=phone, phone_index=blind_index("phone", phone))


def suspended(_agent: Agent) -> str:
    return suspend_agent(colleague(), Decision(by=None, at=timezone.now())).number


def ended(_agent: Agent) -> str:
    return end_agent(colleague(), Decision(by=None, at=timezone.now())).number


def without_a_phone(_agent: Agent) -> str:
    return AgentFactory.create().number


def office(_agent: Agent) -> str:
    return UserFactory.create().username


NOBODY = [unknown, suspended, ended, without_a_phone, office]


@pytest.mark.parametrize("nobody", NOBODY, ids=lambda way: way.__name__)
def test_who_gets_no_code_is_answered_alike_by_the_same_statements(
    anonymous: Caller, agent: Agent, nobody: Any, sent_messages: Sent
) -> None:
    def statements(login: str) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            ask(anonymous, login)
        return [query["sql"].split()[0] for query in seen.captured_queries]

    usual = statements(AgentFactory.create().number)
    assert statements(nobody(agent)) == usual
    messages.relay(timezone.now(), limit=10)
    assert sent_messages == []


@pytest.mark.parametrize("nobody", [unknown, suspended, ended, office], ids=lambda w: w.__name__)
def test_login_answers_identical(
    anonymous: Caller, agent: Agent, nobody: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status, body, statements and hashes of a wrong code tell nothing of the account."""
    hashes: list[str] = []

    def counted(code_id: object) -> str:
        hashes.append("code")
        return "nothing"

    monkeypatch.setattr("perisai.services.logins.make_password", hashes.append)
    monkeypatch.setattr("perisai.services.login_codes.code_of", counted)

    def tried(login: str) -> tuple[Any, ...]:
        hashes.clear()
        with CaptureQueriesContext(connection) as seen:
            answer: Any = anonymous.post(
                "/api/v1/auth/login", by_code(agent, "123456", login=login)
            )
        body = answer.json()
        body.pop("request_id")
        shape = [query["sql"].split()[0] for query in seen.captured_queries]
        return answer.status_code, body, shape, list(hashes)

    ask(anonymous, agent.number)
    usual = tried(agent.number)
    assert usual[0] == 401
    assert usual[3] == ["code"]
    assert tried(nobody(agent)) == usual


def test_no_table_holds_a_code(anonymous: Caller, agent: Agent) -> None:
    ask(anonymous, agent.number)
    row = LoginCode.objects.get()
    stored = f"{LoginCode.objects.values().get()} {OutboxMessage.objects.values().get()}"
    shown = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|datetime\([^)]*\)", "", stored)
    assert code_of(row.pk) not in shown
    assert PHONE not in stored
    assert PHONE[1:] not in stored


def test_codes_are_six_digits_and_differ(agent: Agent) -> None:
    codes = {code_of(uuid4()) for _ in range(200)}
    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert len(codes) > 190


def reset(caller: Caller, agent: Agent, code: str, password: str = NEW_PASSWORD) -> Any:
    body = {
        "login": agent.number,
        "code": code,
        "password": password,
        "device": {"installation_id": str(uuid4())},
    }
    return caller.post("/api/v1/auth/password", body)


def test_reset_ends_sessions(
    anonymous: Caller, agent: Agent, log_in: LogIn, sent_messages: Sent
) -> None:
    phones = [log_in(agent), log_in(agent)]
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    assert reset(anonymous, agent, code).status_code == 204
    assert [phone.get("/api/v1/devices").status_code for phone in phones] == [401, 401]
    assert DeviceToken.objects.count() == 0
    old = anonymous.post("/api/v1/auth/login", login_body(agent, password=PASSWORD))
    new = anonymous.post("/api/v1/auth/login", login_body(agent, password=NEW_PASSWORD))
    assert (old.status_code, new.status_code) == (401, 200)
    messages.relay(timezone.now(), limit=10)
    assert sent_messages[-1][1].template == "agent_password_reset"
    assert AgentEvent.objects.get().kind == "password_reset"
    assert reset(anonymous, agent, code).status_code == 401


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_weak_password_costs_no_code_and_tells_nothing(
    anonymous: Caller, agent: Agent, sent_messages: Sent, *, is_known: bool
) -> None:
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    stranger = Agent(number="PRS-0000-0000")
    answer = reset(anonymous, agent if is_known else stranger, code, "pendek")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert LoginCode.objects.get().used_at is None
    agent.user.refresh_from_db()
    assert agent.user.check_password(PASSWORD)


def test_wrong_code_leaves_password_and_sessions(
    anonymous: Caller, agent: Agent, log_in: LogIn, sent_messages: Sent
) -> None:
    phone = log_in(agent)
    ask(anonymous, agent.number)
    answer = reset(anonymous, agent, other_than(told_code(sent_messages)))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert phone.get("/api/v1/devices").status_code == 200
    agent.user.refresh_from_db()
    assert agent.user.check_password(PASSWORD)


def test_code_that_was_sent_is_worth_nothing_after_a_suspension(
    anonymous: Caller, agent: Agent, sent_messages: Sent
) -> None:
    ask(anonymous, agent.number)
    code = told_code(sent_messages)
    suspend_agent(agent, Decision(by=None, at=timezone.now()))
    assert log_in_status(anonymous, agent, code) == 401
    assert reset(anonymous, agent, code).status_code == 401
    agent.refresh_from_db()
    assert (agent.state, agent.user.check_password(PASSWORD)) == (AgentState.SUSPENDED, True)


def log_in_status(caller: Caller, agent: Agent, code: str) -> int:
    return log_in(caller, by_code(agent, code))[0]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"code": "123456"}, "/code", "only_one"),
        ({"password": None}, "/password", "null"),
        ({"code": "12345"}, "/code", "invalid"),
        ({"code": "12345a"}, "/code", "invalid"),
    ],
)
def test_login_takes_exactly_one_of_password_and_code(
    anonymous: Caller, agent: Agent, changes: dict[str, Any], pointer: str, code: str
) -> None:
    answer = anonymous.post("/api/v1/auth/login", login_body(agent) | changes)
    assert answer.status_code == 422
    assert (pointer, code) in [(e["pointer"], e["code"]) for e in answer.json()["errors"]]


def test_old_askings_are_purged(agent: Agent) -> None:
    now = timezone.now()
    ask_for_code(CodeRequest(login=agent.number), now=now - timedelta(days=2))
    ask_for_code(CodeRequest(login=agent.number), now=now)
    assert purge_codes(before=now - timedelta(days=1)) == 1
    assert LoginCode.objects.count() == 1


def test_hasher_of_passwords_is_not_asked_for_codes(
    anonymous: Caller, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("perisai.services.logins.make_password", asked.append)
    assert log_in(anonymous, by_code(agent, "000000")) == WRONG
    assert asked == []
    assert make_password(PASSWORD)
