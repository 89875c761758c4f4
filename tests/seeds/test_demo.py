"""`seed demo`: invented people whose books are true."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F
from pytest_django.fixtures import Settings

from enrollment.cover import CoverState, cover_case
from enrollment.models import (
    ConsentWithdrawal,
    Heir,
    Member,
    MemberChange,
    ProcessingLimit,
    Prospect,
    Registration,
    SubjectRequest,
    Verdict,
)
from enrollment.nik import Sex, parse_nik, soft_checks
from enrollment.services.cover_days import cover_day
from enrollment.services.eligibility import eligibility_of
from enrollment.services.members import missing_of
from enrollment.services.quality import quality_flags
from enrollment.services.regions import known_regions
from payments.models import (
    Bill,
    CoverMonth,
    IdempotencyKey,
    JournalLine,
    Payment,
    PostAgent,
)
from perisai.clock import official_zone
from perisai.models import (
    Agent,
    AgentEvent,
    Branch,
    Device,
    DeviceState,
    OutboxMessage,
    RevealLog,
    Role,
    User,
)
from retention.models import Attempt, FollowUp, SweepRun
from seeds.demo.plan import PALEMBANG, TERNATE
from sync.models import BookEntry, Conflict
from tests.factories.payments import NOW, paid
from tests.seeds.demonstration import AS_OF, PASSWORDS, seed_demo

# What each of two loads must say alike: ciphertexts have fresh nonces, bigint keys run on, and what
# the services write on the eve has ids and codes of its own; a payment by credit names its bill's.
ALIKE = """
    SELECT md5(string_agg(said, '|' ORDER BY said)) FROM (
        SELECT concat_ws(',', m.id, m.kpj, m.birth_date, m.village_id, encode(m.nik_index, 'hex'),
            encode(m.phone_index, 'hex'), m.paid_through, m.episode_no, m.closed_on) AS said
        FROM enrollment_member m
        UNION ALL
        SELECT concat_ws(',', b.total, b.credit, b.member_count, b.title, b.expires_at,
            b.cancelled_at, CASE p.channel WHEN 'credit' THEN '' ELSE p.reference END, p.posted_at,
            p.settlement_date, p.channel, p.reversed_at)
        FROM payments_bill b LEFT JOIN payments_payment p ON p.bill_id = b.id
        UNION ALL
        SELECT concat_ws(',', b.id, b.code, encode(b.fingerprint, 'hex'), p.id, p.receipt_no)
        FROM payments_bill b LEFT JOIN payments_payment p ON p.bill_id = b.id
        WHERE b.created_at < '2026-11-19'
        UNION ALL
        SELECT concat_ws(',', l.amount, l.paid_at, l.late_posted, l.credited, l.suspended, l.why)
        FROM payments_latemoney l
        UNION ALL
        SELECT concat_ws(',', f.member_id, f.unpaid_since, f.opened_on) FROM retention_followup f
        UNION ALL
        SELECT concat_ws(',', a.id, a.contact, a.decision, a.promise_on, a.next_on)
        FROM retention_attempt a
        UNION ALL
        SELECT concat_ws(',', l.member_id, l.day, l.why, l.unpaid_since)
        FROM retention_reminderline l
        UNION ALL
        SELECT concat_ws(',', e.reason, e.agent_id, f.member_id, e.since, e.settled_as)
        FROM retention_escalation e LEFT JOIN retention_followup f ON f.id = e.follow_up_id
        UNION ALL
        SELECT concat_ws(',', h.to_agent_id, h.members, h.done_at)
        FROM enrollment_handoverproposal h
    ) told
"""
COUNTED = (Branch, User, Agent, Member, Heir, Bill, Payment, CoverMonth, FollowUp, Attempt)


def rows_of_all() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in COUNTED}


def test_full_size_is_that_of_the_programmes_first_figures() -> None:
    assert PALEMBANG.at_scale(1) == (44, 5_400)
    assert TERNATE.at_scale(1) == (12, 900)


def test_smaller_scale_keeps_two_agents_and_three_members_each() -> None:
    assert PALEMBANG.at_scale(0.0001) == (2, 6)
    assert TERNATE.at_scale(0.0001) == (2, 6)


@pytest.mark.usefixtures("printed")
def test_each_branch_has_its_agents_and_members() -> None:
    agents = Agent.objects.values_list("office__branch__code").annotate(Count("pk"))
    members = Member.objects.values_list("branch__code").annotate(Count("pk"))
    assert dict(agents) == {"PLG": 10, "TTE": 3}
    assert dict(members) == {"PLG": 270, "TTE": 45}


@pytest.mark.usefixtures("printed")
def test_each_agent_serves_two_to_six_villages_of_one_regency() -> None:
    for agent in Agent.objects.all():
        codes = agent.village_codes()
        assert 2 <= len(codes) <= 6
        assert {code[:4] for code in codes} == {agent.number[4:8]}


@pytest.mark.usefixtures("printed")
def test_each_nik_is_sound_agrees_with_its_form_and_is_nobodys() -> None:
    for member in Member.objects.all():
        nik = parse_nik(member.nik, regions=known_regions(), today=member.registered_on)
        assert nik.warnings == ()
        doubts = soft_checks(nik, birth_date=member.birth_date, sex=Sex(member.sex))
        confirmed = {flag.value for flag in quality_flags(member)}
        assert {doubt.value for doubt in doubts} <= confirmed
        assert 9_900 <= int(nik.digits[12:]) <= 9_969


@pytest.mark.usefixtures("printed")
def test_each_phone_is_nobodys_and_some_are_shared_and_some_missing() -> None:
    members = list(Member.objects.all())
    phones = [member.phone for member in members if member.phone]
    assert {phone[:10] for phone in phones} == {"+628120000"}
    assert len(set(phones)) < len(phones)
    without = [member for member in members if not member.phone]
    assert without
    assert all(member.no_phone_reason for member in without)


@pytest.mark.usefixtures("printed")
def test_every_state_of_cover_occurs() -> None:
    states = Member.objects.annotate(state=cover_case(cover_day(AS_OF))).values_list("state")
    expected = set(CoverState.values) - {CoverState.GRACE_3}  # exists where four months lapse
    assert {row[0] for row in states} == expected


@pytest.mark.usefixtures("printed")
def test_everybody_who_pays_is_complete() -> None:
    payers = Member.objects.filter(paid_through__isnull=False).prefetch_related("occupations")
    assert [missing_of(member) for member in payers] == [[]] * payers.count()


@pytest.mark.usefixtures("printed")
def test_payments_look_as_if_the_posting_service_had_booked_them() -> None:
    invented = Payment.objects.earliest("posted_at")
    member = Member.objects.filter(closed_on=None, paid_through__lt=AS_OF).earliest("pk")
    with transaction.atomic():
        posted = paid(member, PostAgent.objects.get(payments=invented), now=NOW)
        shown = looks(posted)
        transaction.set_rollback(True)
    assert looks(invented) == shown


def looks(payment: Payment) -> dict[str, object]:
    """All of a payment's rows that does not depend on whom, when and how much."""
    key = IdempotencyKey.objects.get(payment=payment)
    entry = payment.entries.get()
    covered = CoverMonth.objects.filter(payment=payment).order_by("month")
    before = CoverMonth.objects.filter(
        member=covered[0].member_id, agent=covered[0].agent_id, month__lt=covered[0].month
    )
    lines = JournalLine.objects.filter(entry=entry).order_by("line_no")
    events = OutboxMessage.objects.filter(subject_id=payment.pk)
    return {
        "payment": (payment.channel, payment.partner_id, payment.fee, payment.late_post),
        "receipt": (len(payment.receipt_no), payment.receipt_no[:2]),
        "key": (key.caller, key.operation, key.outcome, key.context, len(bytes(key.fingerprint))),
        "is_of_its_bill": key.bill_id == payment.bill_id,
        "entry": (entry.kind, entry.reference, entry.actor, entry.reverses_id),
        "is_settled_alike": entry.settlement_date == payment.settlement_date,
        "lines": list(lines.values_list("line_no", "account_id", "partner_id", "member_id")),
        "is_counted_then": {row.counted_on for row in covered} == {payment.settlement_date},
        "is_numbered_on": covered[0].agent_month_no == before.count() + 1,
        "events": list(events.values_list("kind", flat=True)),
    }


@pytest.mark.usefixtures("printed")
def test_the_sweep_ran_on_six_firsts_of_a_month_and_the_eve_and_left_open_work() -> None:
    nights = SweepRun.objects.values_list("as_of", flat=True).distinct().order_by("as_of")
    firsts = [date(2026, month, 1) for month in range(6, 12)]
    assert list(nights) == [*firsts, AS_OF - timedelta(days=1)]
    assert FollowUp.objects.open(as_of=AS_OF).exists()
    assert FollowUp.objects.count() > FollowUp.objects.open(as_of=AS_OF).count()
    assert not Attempt.objects.filter(tried_at__date__gte=AS_OF).exists()


@pytest.mark.usefixtures("printed")
def test_agents_are_eligible_but_for_one_without_a_contract_and_one_suspended() -> None:
    at = datetime.combine(AS_OF, time(9), tzinfo=official_zone())
    judged = {agent.number: eligibility_of(agent, at=at) for agent in Agent.objects.all()}
    missing = {number: one.shortfalls for number, one in judged.items() if not one.is_eligible}
    assert sorted(missing.values()) == [("no_office_contract",), ("not_active",)]
    lost = Device.objects.get(state=DeviceState.LOST)
    assert (lost.agent.number in missing, lost.wipe) == (False, "drain_then_wipe")
    kinds = AgentEvent.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["moved", "phone_lost", "suspended"]


@pytest.mark.usefixtures("printed")
def test_people_asked_for_their_rights_and_supervisors_looked_up_with_a_reason() -> None:
    asked = SubjectRequest.objects.values_list("kind", "decision__outcome")
    expected = [("access", None), ("erasure", "refused"), ("restriction", "done")]
    assert sorted(asked, key=str) == sorted(expected * 2, key=str)
    assert ProcessingLimit.objects.count() == 2
    looked = RevealLog.objects.values_list("actor__role", "field")
    fields = ("phone", "nik", "address_line")
    assert sorted(looked) == sorted([("supervisor", field) for field in fields] * 2)


@pytest.mark.usefixtures("printed")
def test_second_registrations_wait_as_cases_with_their_operations() -> None:
    doubled = Conflict.objects.filter(kind="duplicate_identity")
    cases = doubled.values_list("state", "operation__kind", "operation__result")
    assert list(cases) == [("open", "member.register", "conflict")] * 8
    known = set(Member.objects.values_list("pk", flat=True))
    assert set(doubled.values_list("other_id", flat=True)) <= known
    accepted = Registration.objects.filter(verdict=Verdict.ACCEPTED)
    assert accepted.count() == Member.objects.count()  # a case is none yet


@pytest.mark.usefixtures("printed")
def test_each_edit_that_an_office_looks_at_occurs() -> None:
    groups = MemberChange.objects.values_list("group").annotate(Count("pk"))
    assert dict(groups) == {
        "contact": 2,
        "heirs": 2,
        "closing": 2,
        "identity": 1,
        "registration": 1,
    }
    kinds = Conflict.objects.exclude(kind="duplicate_identity").values_list("kind", flat=True)
    assert sorted(kinds) == ["claim_help"] * 2 + ["review_required"] * 2
    reopened = Registration.objects.filter(verdict=Verdict.REOPENED)
    assert set(reopened.values_list("member__closed_on", flat=True)) == {None}
    doubted = MemberChange.objects.filter(soft_checks=["birth_differs"])
    assert doubted.count() == 1
    assert Prospect.objects.count() == ConsentWithdrawal.objects.count() == 2
    assert any(missing_of(member) for member in Member.objects.all())


@pytest.mark.usefixtures("printed")
def test_every_member_is_in_the_book_of_her_agent() -> None:
    entries = BookEntry.objects.filter(entity="member", is_present=True)
    in_books = set(entries.values_list("book__agent_id", "entity_id"))
    assert in_books == set(Member.objects.values_list("agent_id", "pk"))


@pytest.mark.usefixtures("printed")
def test_nothing_happens_on_the_last_day_or_before_a_registration() -> None:
    assert Payment.objects.filter(posted_at__date__gte=AS_OF).count() == 0
    early = Bill.objects.filter(lines__member__created_at__gte=F("created_at"))
    assert early.count() == 0


@pytest.mark.usefixtures("printed")
@pytest.mark.parametrize(
    ("username", "role", "password"),
    [
        ("siti.pengawas", Role.SUPERVISOR, "SUPERVISOR_PASSWORD"),
        ("umar.pengawas", Role.SUPERVISOR, "SUPERVISOR_PASSWORD"),
        ("nasional", Role.NATIONAL, "SUPERVISOR_PASSWORD"),
        ("nasional.dua", Role.NATIONAL, "SUPERVISOR_PASSWORD"),
        ("keuangan", Role.FINANCE, "SUPERVISOR_PASSWORD"),
        ("keuangan.dua", Role.FINANCE, "SUPERVISOR_PASSWORD"),
        ("auditor", Role.AUDITOR, "SUPERVISOR_PASSWORD"),
        ("PRS-1671-0001", Role.AGENT, "AGENT_PASSWORD"),
        ("PRS-8271-0001", Role.AGENT, "AGENT_PASSWORD"),
        ("60115-007", Role.POST_AGENT, "POST_AGENT_PASSWORD"),
        ("97711-003", Role.POST_AGENT, "POST_AGENT_PASSWORD"),
        ("pospay.laporan", Role.PARTNER, "POST_AGENT_PASSWORD"),
    ],
)
def test_everybody_can_log_in(username: str, role: Role, password: str) -> None:
    user = User.objects.get(username=username)
    assert user.role == role
    assert user.check_password(PASSWORDS[password])


def test_output_tells_progress_and_nobodys_secrets(printed: str) -> None:
    assert "13 agents, 315 people" in printed
    assert printed.splitlines()[-1].endswith("demo: loaded")
    names = {word for member in Member.objects.all() for word in member.full_name.split()}
    assert not [said for said in PASSWORDS.values() if said in printed]
    assert not [name for name in names if name in printed]


@pytest.mark.usefixtures("printed")
def test_second_run_changes_nothing(tmp_path: Path) -> None:
    before = rows_of_all()
    assert seed_demo(tmp_path).endswith("demo: already loaded, nothing changed\n")
    assert rows_of_all() == before


@pytest.mark.django_db
def test_two_loads_of_a_fresh_database_are_alike(tmp_path: Path) -> None:
    assert _told(tmp_path) == _told(tmp_path)


def _told(folder: Path) -> str:
    """A digest of a load that is undone again, with the numbers of KPJ as in a new database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE enrollment_kpj_seq RESTART")
        seed_demo(folder, scale=0.02)
        cursor.execute(ALIKE)
        (digest,) = cursor.fetchone()
        transaction.set_rollback(True)
    return str(digest)


@pytest.mark.django_db
def test_production_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="not for production"):
        seed_demo(tmp_path)
    assert rows_of_all() == dict.fromkeys(rows_of_all(), 0)


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["", "AGENT_PASSWORD=only-one\n"])
def test_missing_passwords_are_one_clear_line(
    said: str, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "demo.txt"
    path.write_text(said)
    settings.DEMO_PASSWORDS_FILE = str(path) if said else ""
    with pytest.raises(CommandError, match="DEMO_PASSWORDS_FILE") as refusal:
        call_command("seed", "demo")
    assert "\n" not in str(refusal.value)
    assert rows_of_all() == dict.fromkeys(rows_of_all(), 0)


@pytest.mark.django_db
def test_day_without_a_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no due date of"):
        seed_demo(tmp_path, as_of=date(2023, 6, 1))
    assert rows_of_all() == dict.fromkeys(rows_of_all(), 0)
