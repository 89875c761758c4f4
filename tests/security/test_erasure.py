"""An erasure reaches everything: a dump and every ciphertext that is left name nobody."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from enrollment.models import Member
from enrollment.services.erasure import erase_member
from payments.services.checks import run_checks
from perisai.ids import new_id
from perisai.models import Erasure, ErasureReason, Role
from perisai.services.erasures import keep_list
from retention.models import Attempt
from sync.models import Conflict, Operation
from sync.services.decide import Word, decide
from tests.conftest import DJANGO_TABLES, REFERENCE_TABLES
from tests.factories.enrollment import cared_for, registration_data
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid
from tests.factories.perisai import UserFactory
from tests.security.dumps import dumped, found_in, opened_values, restored
from tests.sync.phones import Body, Phone, op, registering_phone

pytestmark = pytest.mark.django_db(transaction=True)

SAID: dict[str, Any] = {
    "full_name": "WIRADARMA KUSUMANEGARA",
    "birthplace": "Sidoarjo Kulon",
    "mother_maiden_name": "Sulastrining Wulandari",
    "kk_number": "3515140101200001",
    "address_line": "Gang Melatiwangi 17",
    "phone": "081298765432",
    "email": "wiradarma@contoh.id",
    "workplace": "Sawah Pakmukidi",
    "season_note": "Panen Juliagustus",
    "heirs": [
        {"name": "Endangsari Kusumanegara", "relation": "spouse", "phone": "081311112222"},
    ],
}
NO_SCHEMA = "SELECT pg_catalog.set_config('search_path', '', false);"
NOTE = "Rumahnya bercat ungumuda"
SECRETS = {
    "WIRADARMA",
    "KUSUMANEGARA",
    "Kulon",
    "Sulastrining",
    "Wulandari",
    "3515140101200001",
    "Melatiwangi",
    "81298765432",
    "wiradarma@contoh.id",
    "Pakmukidi",
    "Juliagustus",
    "Endangsari",
    "81311112222",
    "ungumuda",
    "Saksinama",
}
SPOKEN = "Raharjokata"  # in a reason, which is in clear: offices write no names there


def attempt(seq: int, member_id: object, **said: Any) -> Body:
    """A visit with a note, as a phone tells it."""
    data = {
        "member_id": str(member_id),
        "unpaid_since": None,
        "channel": "visit",
        "contact": "met_member",
        "note": NOTE,
        "place": {"lat_e6": -7_447_812, "lon_e6": 112_718_345, "accuracy_m": 9},
    } | said
    return op(seq, "follow_up.attempt", entity_id=new_id(), data=data)


def known_person(phone: Phone) -> tuple[Member, set[str]]:
    """Somebody registered in full, visited, and claimed by a second form; what names her."""
    data = registration_data(1, **SAID)
    data["consent"] |= {"method": "spoken_witnessed", "witness": "Saksinama"}
    (result,) = phone.push(op(1, "member.register", data=data))
    assert result["result"] == "applied", result
    member = cared_for().get()
    assert phone.push(attempt(2, member.pk))[0]["result"] == "applied"
    (second,) = registering_phone().push(op(1, "member.register", data=data))
    assert second["result"] == "conflict"
    case = Conflict.objects.get()
    decide(
        case.pk,
        Word(decision="refuse", reason="Itu Raharjokata"),
        by=UserFactory.create(role=Role.SUPERVISOR, branch=case.agent.branch),
        now=NOW,
    )
    case.refresh_from_db()
    case.details = {"said": NOTE}
    case.save(update_fields=["details"])
    return member, SECRETS | {data["nik"]}


def found_with_the_keys(secrets: Iterable[str]) -> set[str]:
    """Those secrets that somebody finds who can decrypt all that is left."""
    everything = "\n".join(opened_values()).upper()
    return {secret for secret in secrets if secret.upper() in everything}


def forget(member: Member) -> None:
    erase_member(member.pk, by=None, reason=ErasureReason.REQUEST, request_id=None, now=NOW)


@pytest.fixture
def phone() -> Phone:
    """A phone of an agent of its own."""
    return registering_phone()


def test_erasure_reaches_history_and_files(phone: Phone) -> None:
    member, secrets = known_person(phone)
    assert found_with_the_keys(secrets) == secrets  # the control: before, the keys open all
    assert found_in(dumped(), {SPOKEN}) == {SPOKEN}
    forget(member)
    dump = dumped()
    secrets |= {SPOKEN}
    assert str(member.pk) in dump
    assert found_in(dump, secrets) == set()
    assert found_with_the_keys(secrets) == set()


def test_erasure_leaves_other_people_alone(phone: Phone) -> None:
    member, _ = known_person(phone)
    data = registration_data(200, full_name="KARTOSUWIRYO LESTARI", phone="081277776666")
    (result,) = phone.push(op(3, "member.register", data=data))
    assert result["result"] == "applied", result
    others = {"KARTOSUWIRYO", "81277776666", data["nik"]}
    forget(member)
    assert found_with_the_keys(others) == others


def test_journal_still_sums() -> None:
    member = cared_for_member()
    payment = paid(member, PostAgentFactory.create(), months=2)
    before = [(check.code, check.rows) for check in run_checks()]
    later = payment.posted_at + timedelta(days=4)
    erase_member(member.pk, by=None, reason=ErasureReason.REQUEST, request_id=None, now=later)
    after = run_checks()
    assert [(check.code, check.rows) for check in after] == before
    assert [check.code for check in after if check.breaks] == []
    row = Member.objects.get()
    assert (row.paid_through, row.episode_no) == (date(2026, 12, 1), 1)


@pytest.mark.parametrize("round_no", range(3))
def test_push_about_the_person_beside_her_erasure_leaves_nothing(
    phone: Phone, round_no: int
) -> None:
    member, secrets = known_person(phone)
    start = Barrier(2)

    def push(_: int) -> list[str]:
        start.wait(timeout=30)
        try:
            return [
                phone.push(attempt(seq, member.pk))[0]["result"] for seq in range(3, 15 + round_no)
            ]
        finally:
            connection.close()

    def erase(_: int) -> list[str]:
        start.wait(timeout=30)
        try:
            forget(member)
            return []
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        pushed, _ = (pool.submit(push, 0), pool.submit(erase, 0))
        words = pushed.result()
    assert set(words) <= {"applied", "rejected"}
    assert words == sorted(words)  # once refused, always refused
    assert Operation.objects.filter(body__isnull=False).count() == 0
    assert Attempt.objects.filter(note__isnull=False).count() == 0
    assert Attempt.objects.count() == 1 + words.count("applied")
    assert found_with_the_keys(secrets) == set()


def backed_up() -> str:
    """A backup of what tests fill. Triggers, which a whole backup makes last, find their tables."""
    return dumped("--data-only").replace(NO_SCHEMA, "")


def restore(backup: str) -> None:
    """The database as it was when the backup was made."""
    filled = sorted(set(connection.introspection.table_names()) - REFERENCE_TABLES - DJANGO_TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(connection.ops.quote_name(t) for t in filled)}")
    restored(backup)


def verified(path: Path) -> str:
    out = StringIO()
    call_command("verify", erasures=str(path), stdout=out)
    return out.getvalue()


def test_erasure_replayed_after_restore(phone: Phone, tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    member, secrets = known_person(phone)
    phone.pull()
    backup = backed_up()
    forget(member)
    assert (keep_list(path), keep_list(path)) == (1, 0)
    assert path.stat().st_mode & 0o777 == 0o600
    assert found_in(path.read_text(), secrets) == set()

    restore(backup)
    assert found_with_the_keys(secrets) == secrets
    assert not Erasure.objects.exists()
    assert "1 were lost, 1 rows forgotten again" in verified(path)

    assert found_with_the_keys(secrets) == set()
    assert found_in(dumped(), secrets) == set()
    fact = Erasure.objects.get()
    assert (fact.subject_id, fact.erased_at) == (member.pk, NOW)
    assert "0 were lost, 0 rows forgotten again" in verified(path)
    phone.pull()
    assert ("member", str(member.pk)) not in phone.rows


def test_verify_without_the_list_still_clears_what_came_late(phone: Phone, tmp_path: Path) -> None:
    member, secrets = known_person(phone)
    forget(member)
    body = Operation(
        device=phone.device, agent=phone.device.agent, seq=9, op_id=new_id(), kind="member.register"
    )
    body.v, body.entity_id, body.about_id, body.digest = 1, new_id(), member.pk, bytes(32)
    body.made_at = body.adjusted_at = body.received_at = NOW
    body.result, body.outcome, body.body = "applied", {}, {"said": NOTE}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sync_operation DISABLE TRIGGER USER")
    body.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sync_operation ENABLE TRIGGER USER")
    assert found_with_the_keys(secrets) == {"ungumuda"}
    assert "0 were lost, 0 rows forgotten again" in verified(tmp_path / "none")
    assert found_with_the_keys(secrets) == set()


def test_verify_names_a_missing_trigger_and_a_damaged_list(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    path.write_text("{}\n")
    with pytest.raises(CommandError, match="broken: erasures"):
        verified(path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%%member_stays_erased%%'")
        ((name,),) = cursor.fetchall()
        cursor.execute(f"ALTER TABLE enrollment_member DISABLE TRIGGER {name}")
    try:
        with pytest.raises(CommandError, match="broken: triggers"):
            verified(path)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE enrollment_member ENABLE TRIGGER {name}")
    assert "ok" in verified(tmp_path / "none")
