"""One bad row never stops a sweep, and one bad regency never stops the others (R16)."""

from collections.abc import Iterator
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from enrollment.models import Member
from retention.models import FollowUp, SweepFault, SweepRun
from retention.services import sweep_pieces
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from tests.factories.enrollment import MemberFactory
from tests.statements import run_sql

SIDOARJO, TERNATE, PALEMBANG = "3515", "8271", "1671"
AS_OF = date(2026, 10, 1)
AUGUST = date(2026, 8, 1)
PLANT = """
    CREATE FUNCTION refuse_planted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.regency_code = '{regency}' OR NEW.member_id = ANY ('{{{members}}}'::uuid[]) THEN
            {then};
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse_planted BEFORE INSERT ON retention_followup
        FOR EACH ROW EXECUTE FUNCTION refuse_planted()
"""
REFUSED = "RAISE EXCEPTION 'Budi Contoh' USING ERRCODE = 'check_violation', CONSTRAINT = 'planted'"
TIMED_OUT = "RAISE EXCEPTION 'too slow' USING ERRCODE = 'query_canceled'"
CUT_OFF = "PERFORM pg_terminate_backend(pg_backend_pid())"


def plant(*members: Member, regency: str = "", then: str = REFUSED) -> None:
    """What the database refuses from now on."""
    ids = ",".join(str(member.pk) for member in members)
    run_sql(PLANT.format(members=ids, regency=regency, then=then))


def noted() -> set[object]:
    """Whose follow-ups there are."""
    return set(FollowUp.objects.values_list("member", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("many", [1, 3])
def test_bad_rows_are_told_and_all_others_noted(many: int) -> None:
    members = MemberFactory.create_batch(23, paid_through=AUGUST)
    bad = members[5 : 5 + many]
    plant(*bad)

    assert open_follow_ups(SIDOARJO, as_of=AS_OF) == 23 - many

    assert noted() == {member.pk for member in members if member not in bad}
    told = SweepFault.objects.values_list("member", "kind", "code", "constraint")
    assert set(told) == {(member.pk, "arrears", "23514", "planted") for member in bad}
    assert "Budi" not in str(list(SweepFault.objects.values()))
    run = SweepRun.objects.get()
    assert (run.rows, run.faults) == (23 - many, many)
    assert list(regencies_to_sweep(AS_OF)) == []


@pytest.mark.django_db
def test_a_row_that_a_constraint_of_ours_refuses_is_such_a_row() -> None:
    run_sql("ALTER TABLE enrollment_member DROP CONSTRAINT member_paid_through_is_first_day")
    bad = MemberFactory.create(paid_through=date(2026, 7, 15))
    good = MemberFactory.create(paid_through=AUGUST)

    assert open_follow_ups(SIDOARJO, as_of=AS_OF) == 1

    assert noted() == {good.pk}
    fault = SweepFault.objects.get()
    assert (fault.member_id, fault.constraint) == (bad.pk, "follow_up_unpaid_since_is_first_day")


@pytest.mark.django_db
def test_other_kinds_of_a_member_are_noted_beside_the_refused_one() -> None:
    member = MemberFactory.create(paid_through=AUGUST, income_monthly=None)
    sql = PLANT.replace("NEW.member_id =", "NEW.kind = 'arrears' AND NEW.member_id =")
    run_sql(sql.format(members=str(member.pk), regency="", then=REFUSED))

    assert open_follow_ups(SIDOARJO, as_of=AS_OF) == 1
    assert FollowUp.objects.get().kind == "data"
    assert SweepFault.objects.get().kind == "arrears"


@pytest.mark.django_db
def test_swept_again_it_is_told_once_and_noted_when_it_is_mended() -> None:
    good, bad = MemberFactory.create_batch(2, paid_through=AUGUST)
    plant(bad)
    for _ in range(2):
        open_follow_ups(SIDOARJO, as_of=AS_OF)
    assert (SweepFault.objects.count(), SweepRun.objects.count()) == (1, 1)

    run_sql("DROP FUNCTION refuse_planted CASCADE")
    assert open_follow_ups(SIDOARJO, as_of=date(2026, 10, 2)) == 1
    assert noted() == {good.pk, bad.pk}


@pytest.mark.django_db
def test_a_regency_of_bad_rows_alone_is_no_matter_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_pieces, "MOST_FAULTS", 2)
    plant(*MemberFactory.create_batch(3, paid_through=AUGUST))
    with pytest.raises(DatabaseError):
        open_follow_ups(SIDOARJO, as_of=AS_OF)
    assert (SweepRun.objects.count(), SweepFault.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_regency_that_fails_leaves_no_mark_and_stops_no_other() -> None:
    MemberFactory.create(paid_through=AUGUST)
    MemberFactory.create(paid_through=AUGUST, regency_code=PALEMBANG)
    MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    plant(regency=SIDOARJO, then=TIMED_OUT)
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError) as left:
        call_command("sweep", as_of="2026-10-01", stdout=out, stderr=err)

    assert str(left.value) == "sweep of 2026-10-01: 1 regencies left (3515)"
    assert err.getvalue().strip() == "[2/3] regency 3515: failed (57014)"
    assert "[3/3] regency 8271: 1 opened" in out.getvalue()
    swept = SweepRun.objects.order_by("regency_code").values_list("regency_code", flat=True)
    assert list(swept) == [PALEMBANG, TERNATE]
    assert list(regencies_to_sweep(AS_OF)) == [SIDOARJO]


@pytest.mark.django_db
def test_the_command_ends_badly_when_a_row_was_refused() -> None:
    good, bad = MemberFactory.create_batch(2, paid_through=AUGUST)
    plant(bad)
    out = StringIO()
    with pytest.raises(CommandError, match="sweep of 2026-10-01: nothing left, 1 refused"):
        call_command("sweep", as_of="2026-10-01", stdout=out)
    assert "[1/1] regency 3515: 1 opened, 1 refused" in out.getvalue()
    with pytest.raises(CommandError, match="0 regencies left, 1 refused"):
        call_command("sweep", as_of="2026-10-01", status=True, stdout=out)
    assert noted() == {good.pk}


@pytest.fixture
def _unplanted() -> Iterator[None]:
    yield
    run_sql("DROP FUNCTION IF EXISTS refuse_planted CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_unplanted")
def test_a_lost_connection_costs_its_regency_alone() -> None:
    MemberFactory.create(paid_through=AUGUST)
    last = MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    plant(regency=SIDOARJO, then=CUT_OFF)

    with pytest.raises(CommandError, match=r"1 regencies left \(3515\)"):
        call_command("sweep", as_of="2026-10-01", stdout=StringIO(), stderr=StringIO())

    assert connection.is_usable()
    assert noted() == {last.pk}
    assert list(regencies_to_sweep(AS_OF)) == [SIDOARJO]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_unplanted")
def test_pieces_commit_together_with_their_mark() -> None:
    good, bad = MemberFactory.create_batch(2, paid_through=AUGUST)
    plant(bad)
    open_follow_ups(SIDOARJO, as_of=AS_OF)
    connection.close()
    assert noted() == {good.pk}
    assert SweepRun.objects.get().faults == SweepFault.objects.count() == 1
