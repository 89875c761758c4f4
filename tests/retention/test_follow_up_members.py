"""A follow-up is about a member that there is, and noting it leaves the member's row alone."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from enrollment.models import Member
from perisai.ids import new_id
from retention.models import FollowUp, FollowUpKind
from retention.services.sweep import open_follow_ups
from tests.factories.enrollment import MemberFactory
from tests.statements import run_sql

SIDOARJO = "3515"
AUGUST = date(2026, 8, 1)
AS_OF = date(2026, 10, 1)


def about(member_id: UUID) -> FollowUp:
    """A follow-up as whoever writes one by hand might make it."""
    columns: dict[str, Any] = {"kind": FollowUpKind.ARREARS, "episode_no": 1, "opened_on": AS_OF}
    return FollowUp(member_id=member_id, regency_code=SIDOARJO, unpaid_since=AUGUST, **columns)


@pytest.mark.django_db
def test_one_unknown_member_refuses_the_whole_statement() -> None:
    known = MemberFactory.create()
    with pytest.raises(IntegrityError, match="is about a member") as refused, transaction.atomic():
        FollowUp.objects.bulk_create([about(known.pk), about(new_id())])
    diagnosis = getattr(refused.value.__cause__, "diag", None)
    assert getattr(diagnosis, "constraint_name", "") == "follow_up_member_is_known"
    assert not FollowUp.objects.exists()

    FollowUp.objects.bulk_create([about(known.pk)])
    assert FollowUp.objects.get().member_id == known.pk


@pytest.mark.django_db
def test_a_follow_up_does_not_move_to_another_member() -> None:
    FollowUp.objects.bulk_create([about(MemberFactory.create().pk)])
    with pytest.raises(DatabaseError), transaction.atomic():
        FollowUp.objects.update(member=new_id())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["DELETE FROM enrollment_member", "UPDATE enrollment_member SET id = uuidv7()"]
)
def test_a_member_neither_goes_nor_takes_another_name(sql: str) -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    with pytest.raises(DatabaseError, match="Cannot delete or update"), transaction.atomic():
        run_sql(sql)
    assert Member.objects.get().pk == member.pk


def lockers() -> list[tuple[str, str]]:
    """Who last locked or changed each member's row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text, xmax::text FROM enrollment_member ORDER BY id")
        return [(member, locker) for member, locker in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_sweep_locks_and_writes_no_members_row() -> None:
    MemberFactory.create_batch(2, paid_through=AUGUST)
    before = lockers()
    assert open_follow_ups(SIDOARJO, as_of=AS_OF) == 2
    assert lockers() == before
