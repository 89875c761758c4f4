"""One masked datum, to one person, with a reason: logged first, counted, never in a list (R37)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from enrollment.models import Heir, Member
from perisai.errors import (
    ApprovedByOneself,
    NotFound,
    RevealQuotaUsed,
    RevealUnexplained,
)
from perisai.ids import new_id
from perisai.models import RevealApproval, RevealLog, RevealReason, Role, User
from perisai.services.reveals import RevealAsk, Revealer, allow_more, left_today, reveal
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WHY = "NIK dicocokkan dengan KTP asli"


def supervisor_of(member: Member) -> User:
    """Somebody of the branch that answers for a member."""
    return UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)


def asked(member: Member, field: str = "nik", *, explanation: str = WHY) -> RevealAsk:
    """One field of a member, with a reason."""
    return RevealAsk(
        entity="member",
        entity_id=member.pk,
        field=field,
        reason=RevealReason.DATA_CHECK,
        explanation=explanation,
    )


def seen_by(user: User) -> Revealer:
    """A user at a desk."""
    return Revealer(user=user, request_id="req-1", session="0" * 32)


def test_a_reveal_shows_the_value_and_leaves_a_row_that_says_who_and_why() -> None:
    member = MemberFactory.create()
    user = supervisor_of(member)
    assert reveal(asked(member), by=seen_by(user), now=NOW) == member.nik
    row = RevealLog.objects.get()
    assert (row.actor_id, row.branch_id, row.entity, row.entity_id, row.field) == (
        *(user.pk, member.branch_id, "member", member.pk, "nik"),
    )
    assert (row.reason, row.explanation, row.request_id) == ("data_check", WHY, "req-1")
    assert (row.revealed_at, row.counted_on.isoformat()) == (NOW, "2026-11-20")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "Budi Contoh"),
        ("phone", "+6281234567890"),
        ("address_line", "Dusun Contoh"),
        ("email", "budi@example.id"),
        ("birthplace", "SIDOARJO"),
        ("mother_maiden_name", "SITI CONTOH"),
        ("kk_number", "3515140101019901"),
    ],
)
def test_each_masked_field_of_a_member_can_be_revealed(field: str, value: str) -> None:
    member = MemberFactory.create(
        email="budi@example.id",
        birthplace="SIDOARJO",
        mother_maiden_name="SITI CONTOH",
        kk_number="3515140101019901",
    )
    by = seen_by(UserFactory.create(role=Role.NATIONAL))
    assert reveal(asked(member, field), by=by, now=NOW) == value
    assert RevealLog.objects.get().field == field


def test_an_heirs_data_are_revealed_by_who_may_see_the_member() -> None:
    member = MemberFactory.create()
    heir = Heir.objects.create(member=member, position=1, name="ANI", relation="spouse")
    ask = RevealAsk(
        entity="heir",
        entity_id=heir.pk,
        field="name",
        reason=RevealReason.CLAIM,
        explanation="Klaim santunan kematian",
    )
    assert reveal(ask, by=seen_by(supervisor_of(member)), now=NOW) == "ANI"
    stranger = UserFactory.create(role=Role.SUPERVISOR)
    with pytest.raises(NotFound):
        reveal(ask, by=seen_by(stranger), now=NOW)
    assert RevealLog.objects.count() == 1


def test_a_field_that_is_empty_reveals_nothing_but_is_logged() -> None:
    member = MemberFactory.create()
    assert reveal(asked(member, "email"), by=seen_by(supervisor_of(member)), now=NOW) == ""
    assert RevealLog.objects.count() == 1


def test_a_foreign_member_is_as_unknown_as_none() -> None:
    member, own = MemberFactory.create(), MemberFactory.create()
    by = seen_by(supervisor_of(own))
    unknown = RevealAsk(
        entity="member",
        entity_id=new_id(),
        field="nik",
        reason=RevealReason.DATA_CHECK,
        explanation=WHY,
    )
    for ask in (asked(member), unknown):
        with pytest.raises(NotFound):
            reveal(ask, by=by, now=NOW)
    assert RevealLog.objects.count() == 0


@pytest.mark.parametrize("role", [Role.AGENT, Role.FINANCE, Role.AUDITOR, Role.POST_AGENT])
def test_only_supervisors_and_national_users_reveal(role: Role) -> None:
    member = MemberFactory.create()
    with pytest.raises(NotFound):
        reveal(asked(member), by=seen_by(UserFactory.create(role=role)), now=NOW)
    assert RevealLog.objects.count() == 0


def test_agent_cannot_reveal_nik() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    with pytest.raises(NotFound):
        reveal(asked(member), by=seen_by(agent.user), now=NOW)
    assert RevealLog.objects.count() == 0


@pytest.mark.parametrize("field", ["birth_date", "nik_index", "password", "rev", "pk"])
def test_what_is_not_in_the_list_of_fields_cannot_be_asked_for(field: str) -> None:
    member = MemberFactory.create()
    with pytest.raises(NotFound):
        reveal(asked(member, field), by=seen_by(supervisor_of(member)), now=NOW)
    assert RevealLog.objects.count() == 0


@pytest.mark.parametrize("words", ["", "cek", "a b c d e", "         x         "])
def test_a_reveal_without_a_reason_in_words_is_refused(words: str) -> None:
    member = MemberFactory.create()
    with pytest.raises(RevealUnexplained):
        reveal(asked(member, explanation=words), by=seen_by(supervisor_of(member)), now=NOW)
    assert RevealLog.objects.count() == 0


@override_settings(REVEAL_QUOTA=2)
def test_reveal_quota() -> None:
    member = MemberFactory.create()
    user = supervisor_of(member)
    for field in ("nik", "phone"):
        reveal(asked(member, field), by=seen_by(user), now=NOW)
    assert left_today(user, now=NOW) == 0
    with pytest.raises(RevealQuotaUsed):
        reveal(asked(member), by=seen_by(user), now=NOW)
    assert RevealLog.objects.count() == 2
    other = supervisor_of(member)
    assert reveal(asked(member), by=seen_by(other), now=NOW) == member.nik
    midnight = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # of the official day
    with pytest.raises(RevealQuotaUsed):
        reveal(asked(member), by=seen_by(user), now=midnight - timedelta(seconds=1))
    assert reveal(asked(member), by=seen_by(user), now=midnight) == member.nik


@override_settings(REVEAL_QUOTA=1)
def test_a_second_person_allows_more_today() -> None:
    member = MemberFactory.create()
    user, colleague = supervisor_of(member), supervisor_of(member)
    reveal(asked(member), by=seen_by(user), now=NOW)
    allow_more(user, extra=2, explanation="Pemutakhiran data massal", by=colleague, now=NOW)
    for field in ("phone", "email"):
        reveal(asked(member, field), by=seen_by(user), now=NOW)
    with pytest.raises(RevealQuotaUsed):
        reveal(asked(member), by=seen_by(user), now=NOW)
    assert left_today(user, now=NOW + timedelta(days=1)) == 1
    assert RevealLog.objects.count() == 3


def test_nobody_allows_himself_more_nor_somebody_of_another_branch() -> None:
    user = UserFactory.create(role=Role.SUPERVISOR)
    stranger = UserFactory.create(role=Role.SUPERVISOR)
    words = "Pemutakhiran data massal"
    with pytest.raises(ApprovedByOneself):
        allow_more(user, extra=1, explanation=words, by=user, now=NOW)
    for by in (stranger, UserFactory.create(role=Role.AUDITOR)):
        with pytest.raises(NotFound):
            allow_more(user, extra=1, explanation=words, by=by, now=NOW)
    with pytest.raises(RevealUnexplained):
        allow_more(user, extra=1, explanation="ya", by=UserFactory.create(), now=NOW)
    assert RevealApproval.objects.count() == 0
    allow_more(user, extra=1, explanation=words, by=UserFactory.create(), now=NOW)
    assert RevealApproval.objects.count() == 1


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(
    ("table", "column"),
    [("perisai_reveallog", "field"), ("perisai_revealapproval", "counted_on")],
)
def test_the_log_is_append_only(statement: str, table: str, column: str) -> None:
    member = MemberFactory.create()
    user = supervisor_of(member)
    reveal(asked(member), by=seen_by(user), now=NOW)
    allow_more(user, extra=1, explanation=WHY, by=UserFactory.create(), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))
    assert (RevealLog.objects.count(), RevealApproval.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.NATIONAL, 2),
        (Role.AUDITOR, 2),
        (Role.FINANCE, 0),
        (Role.AGENT, 0),
        (Role.PARTNER, 0),
    ],
)
def test_the_log_is_read_by_who_answers_for_it(role: Role, expected: int) -> None:
    members = [MemberFactory.create(), MemberFactory.create()]
    for member in members:
        reveal(asked(member), by=seen_by(UserFactory.create()), now=NOW)
    assert RevealLog.objects.visible_to(UserFactory.create(role=role)).count() == expected
    own = RevealLog.objects.visible_to(supervisor_of(members[0]))
    assert [row.entity_id for row in own] == [members[0].pk]
