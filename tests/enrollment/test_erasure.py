"""Erasure (R36): what names a person is destroyed, months and money stay under the pseudonym."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from enrollment.errors import ErasureHeld
from enrollment.models import (
    ClosedReason,
    Consent,
    FieldGroup,
    Heir,
    Member,
    MemberChange,
    Registration,
)
from enrollment.operations import register
from enrollment.services.erasure import erase_again, erase_member
from perisai.errors import NotFound
from perisai.ids import new_id
from perisai.models import ErasedKind, Erasure, ErasureReason, RevealLog, RevealReason, Role, User
from perisai.privacy import mask
from sync.models import BookEntry, CaseState, Conflict, Operation
from sync.services import book
from tests.factories.enrollment import (
    ConsentFactory,
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    register_op,
    registration_data,
)
from tests.factories.payments import NOW, PostAgentFactory, bill_for, cared_for_member, paid
from tests.factories.perisai import AgentFactory, UserFactory
from tests.factories.retention import AttemptFactory
from tests.payments.ledger import give_credit
from tests.sync.phones import Phone, op, registering_phone

pytestmark = pytest.mark.django_db


def forget(member: Member | UUID, *, by: User | None = None, now: datetime = NOW) -> Erasure:
    """An erasure on request."""
    member_id = member if isinstance(member, UUID) else member.pk
    return erase_member(member_id, by=by, reason=ErasureReason.REQUEST, request_id=None, now=now)


def pushed_member(phone: Phone, **said: Any) -> Member:
    """A person whom this phone registered."""
    (result,) = phone.push(op(1, "member.register", data=registration_data(1, **said)))
    assert result["result"] == "applied", result
    return cared_for().get()


def revealed(member: Member) -> str:
    """A field that somebody was shown, with an explanation that names the member."""
    return RevealLog.objects.create(
        actor=UserFactory.create(),
        branch=member.branch,
        entity="member",
        entity_id=member.pk,
        field="phone",
        reason=RevealReason.values[0],
        explanation="Budi Contoh menelepon",
        request_id="1",
        session="2",
        counted_on=NOW.date(),
        revealed_at=NOW,
    ).field


def row_of(member: Member) -> dict[str, Any]:
    """The row as it lies in the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM enrollment_member WHERE id = %s", [member.pk])
        names = [column.name for column in cursor.description or ()]
        (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


def test_r36_erasure_destroys_what_names_the_person() -> None:
    member = MemberFactory.create(
        agent=AgentFactory.create(), mother_maiden_name="Ibu Contoh", email="a@contoh.id"
    )
    Heir.objects.create(member=member, position=1, name="Ahli Contoh", relation="child")
    ConsentFactory.create(member=member, agent=member.agent, witness="Saksi Contoh")
    attempt = AttemptFactory.create(
        member=member, note="Sedang panen", place={"lat_e6": 1}, payment_reference="Budi"
    )
    change = MemberChange.objects.create(
        member=member,
        rev=2,
        group=FieldGroup.CONTACT,
        fields=["phone"],
        user=UserFactory.create(),
        changed_at=NOW,
        reason="Kata Budi",
        old_values={"phone": "0812"},
    )
    shown = revealed(member)
    fact = forget(member)

    assert (RevealLog.objects.get().explanation, RevealLog.objects.get().field) == ("", shown)
    change.refresh_from_db()
    assert (change.reason, change.old_values, change.fields) == (None, None, ["phone"])
    row = row_of(member)
    assert (row["nik"], row["full_name"], row["nik_index"]) == (b"", b"", None)
    assert row["name_words"] == []
    assert (row["birth_date"], row["village_id"]) == (date(member.birth_date.year, 1, 1), None)
    emptied = ("phone", "phone_index", "mother_maiden_name", "email", "address_line", "agent_id")
    assert [row[name] for name in emptied] == [None] * len(emptied)
    assert (row["rt"], row["rw"], row["income_monthly"]) == ("", "", None)
    assert not Heir.objects.exists()
    assert Consent.objects.get().witness is None
    attempt.refresh_from_db()
    assert (attempt.note, attempt.place, attempt.payment_reference) == (None, None, "")
    assert (fact.subject_id, fact.kind, fact.erased_at) == (member.pk, ErasedKind.MEMBER, NOW)


def test_r36_what_stays_is_a_closed_pseudonym() -> None:
    member = MemberFactory.create(paid_through=date(2026, 9, 1))
    forget(member)
    member.refresh_from_db()
    assert (member.kpj, member.regency_code, member.paid_through) == (
        Member.objects.get().kpj,
        "3515",
        date(2026, 9, 1),
    )
    assert (member.closed_on, member.closed_reason) == (NOW.date(), ClosedReason.WITHDRAWN)
    assert (member.nik, member.full_name) == ("", "")
    assert mask("nik", member.nik) == "*" * 16


def test_r20_day_and_reason_of_who_was_closed_stay() -> None:
    member = MemberFactory.create(closed_on=date(2015, 1, 2), closed_reason=ClosedReason.DECEASED)
    forget(member)
    member.refresh_from_db()
    assert (member.closed_on, member.closed_reason) == (date(2015, 1, 2), ClosedReason.DECEASED)


def test_erasing_twice_is_once() -> None:
    member = MemberFactory.create()
    first = forget(member)
    assert forget(member, now=NOW + timedelta(days=1)) == first
    assert Erasure.objects.get().erased_at == NOW
    assert Member.objects.get().erased_at == NOW


def test_r23_merged_rows_are_forgotten_with_the_one_that_counts() -> None:
    kept = MemberFactory.create()
    merged = MemberFactory.create(
        merged_into=kept, closed_on=NOW.date(), closed_reason=ClosedReason.DUPLICATE
    )
    other = MemberFactory.create()
    forget(merged)
    assert set(Erasure.objects.values_list("subject_id", flat=True)) == {kept.pk, merged.pk}
    assert list(Member.objects.filter(erased_at=None)) == [other]


def test_r23_who_was_forgotten_may_come_anew_as_a_new_row() -> None:
    agent = EligibleAgentFactory.create()
    forget(register(register_op(agent.pk, registration_data(1))).entity_id or new_id())
    assert register(register_op(agent.pk, registration_data(1))).word == "applied"
    assert cared_for().filter(erased_at=None).count() == 1
    assert cared_for().count() == 2


def test_phone_gives_the_erased_up() -> None:
    phone = registering_phone()
    member = pushed_member(phone)
    phone.pull()
    assert ("member", str(member.pk)) in phone.rows
    forget(member)
    entry = BookEntry.objects.get(entity="member", entity_id=member.pk)
    assert (entry.is_present, entry.reason) == (False, "erased")
    phone.pull()
    assert ("member", str(member.pk)) not in phone.rows
    assert phone.agrees()


def test_bodies_of_all_operations_about_the_person_are_destroyed() -> None:
    phone = registering_phone()
    member = pushed_member(phone)
    said = {
        "member_id": str(member.pk),
        "unpaid_since": None,
        "channel": "visit",
        "contact": "not_home",
        "note": "Rumah biru",
    }
    phone.push(
        op(2, "follow_up.attempt", entity_id=new_id(), data=said),
        op(3, "follow_up.attempt", entity_id=new_id(), data=said | {"channel": "nonsense"}),
        op(4, "device.note", data={"code": "other"}),
    )
    digests = list(Operation.objects.order_by("seq").values_list("digest", "result"))
    forget(member)
    kept = Operation.objects.order_by("seq")
    assert [one.body is None for one in kept] == [True, True, True, False]
    assert list(kept.values_list("digest", "result")) == digests


def test_form_held_against_the_person_is_destroyed_too() -> None:
    member = pushed_member(registering_phone())
    held = registering_phone()
    (result,) = held.push(op(1, "member.register", data=registration_data(1)))
    assert result["result"] == "conflict"
    case = Conflict.objects.get()
    supervisor = UserFactory.create()
    Conflict.objects.filter(pk=case.pk).update(
        state=CaseState.REFUSED, decided_by=supervisor, decided_at=NOW, reason="Kata Budi Contoh"
    )
    forget(member)
    assert Operation.objects.filter(body__isnull=False).count() == 0
    case.refresh_from_db()
    assert (case.details, case.reason, case.decided_by) == (None, "", supervisor)


def test_late_operation_about_the_erased_is_stored_without_its_body() -> None:
    phone = registering_phone()
    member = pushed_member(phone)
    forget(member)
    said = {"member_id": str(member.pk), "unpaid_since": None, "channel": "visit"}
    (result,) = phone.push(
        op(
            2,
            "follow_up.attempt",
            entity_id=new_id(),
            data=said | {"contact": "not_home", "note": "Rumah biru"},
        )
    )
    assert (result["result"], result["problem"]["code"]) == ("rejected", "not_in_book")
    assert Operation.objects.get(seq=2).body is None


def test_form_of_the_erased_that_comes_again_makes_nobody() -> None:
    gone = new_id()
    Erasure.objects.create(
        kind=ErasedKind.MEMBER, subject_id=gone, reason=ErasureReason.REQUEST, erased_at=NOW
    )
    phone = registering_phone()
    (result,) = phone.push(op(1, "member.register", entity_id=gone, data=registration_data(1)))
    assert (result["result"], result["problem"]["code"]) == ("rejected", "not_in_book")
    assert Operation.objects.get().body is None
    assert (cared_for().count(), Registration.objects.count()) == (0, 0)


def test_forms_that_were_refused_before_the_one_of_the_person_are_emptied() -> None:
    """Corrected twice, each time under another id; a stranger's refused form stays as it is."""
    phone = registering_phone()
    village = {"village_code": "9999999999"}
    first = op(1, "member.register", entity_id=new_id(), data=registration_data(1, **village))
    second = op(2, "member.register", entity_id=new_id(), data=registration_data(1, **village))
    third = op(3, "member.register", entity_id=new_id(), data=registration_data(1))
    other = op(4, "member.register", entity_id=new_id(), data=registration_data(2, **village))
    second["replaces"], third["replaces"] = first["op_id"], second["op_id"]
    words = [result["result"] for result in phone.push(first, second, third, other)]
    assert words == ["rejected", "rejected", "applied", "rejected"]

    forget(cared_for().get())

    kept = Operation.objects.filter(body__isnull=False)
    assert list(kept.values_list("seq", flat=True)) == [4]
    again = op(5, "member.register", entity_id=first["entity_id"], data=registration_data(3))
    assert phone.push(again)[0]["result"] == "rejected"
    assert Operation.objects.get(seq=5).body is None


@pytest.mark.parametrize(
    ("kind", "reason"), [("claim_help", "open_claim"), ("duplicate_identity", "open_case")]
)
def test_open_case_holds_the_erasure(kind: str, reason: str) -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    Conflict.objects.create(kind=kind, entity="member", entity_id=member.pk, agent=agent)
    before = row_of(member)
    with pytest.raises(ErasureHeld) as held:
        forget(member)
    assert held.value.context == {"reason": reason, "until": None}
    assert row_of(member) == before
    assert not Erasure.objects.exists()


def test_open_bill_holds_the_erasure_until_it_expires() -> None:
    member = cared_for_member()
    bill = bill_for(member)
    with pytest.raises(ErasureHeld) as held:
        forget(member)
    until = bill.expires_at.astimezone(NOW.tzinfo).date()
    assert held.value.context == {"reason": "open_bill", "until": until}
    assert not Erasure.objects.exists()
    assert forget(member, now=bill.expires_at + timedelta(seconds=1)).subject_id == member.pk


def test_balance_that_is_the_members_holds_the_erasure() -> None:
    member = cared_for_member()
    outlet = PostAgentFactory.create()
    paid(member, outlet)
    give_credit(member, 6_800, outlet.partner)
    with pytest.raises(ErasureHeld) as held:
        forget(member)
    assert held.value.context == {"reason": "open_balance", "until": None}
    assert not Erasure.objects.exists()


def test_supervisor_of_another_branch_finds_nobody() -> None:
    member = MemberFactory.create()
    with pytest.raises(NotFound):
        forget(member, by=UserFactory.create(role=Role.SUPERVISOR))
    with pytest.raises(NotFound):
        forget(new_id(), by=UserFactory.create())
    assert not Erasure.objects.exists()
    assert Member.objects.get().erased_at is None


def test_erased_row_cannot_be_filled_again() -> None:
    member = MemberFactory.create()
    forget(member)
    with pytest.raises(IntegrityError, match="member_erased_wholly"), transaction.atomic():
        Member.objects.update(birthplace=None, rt="001", name_words=[b"abcdef"])
    member.refresh_from_db()
    member.full_name = "Budi Contoh"
    with pytest.raises(IntegrityError, match="member_erased_wholly"), transaction.atomic():
        member.save(update_fields=["full_name"])
    with pytest.raises(IntegrityError, match="not brought back"), transaction.atomic():
        Member.objects.update(erased_at=None)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Member.objects.all()._raw_delete("default")


def test_other_columns_of_an_erased_row_may_move() -> None:
    member = MemberFactory.create()
    forget(member)
    member = Member.objects.get()
    member.rev = 9
    member.save()
    assert row_of(member)["full_name"] == b""
    assert Member.objects.get().rev == 9


def test_erasing_again_finds_only_who_is_back() -> None:
    gone, back, other = MemberFactory.create(), MemberFactory.create(), MemberFactory.create()
    forget(gone)
    Erasure.objects.create(
        kind=ErasedKind.MEMBER, subject_id=back.pk, reason=ErasureReason.REQUEST, erased_at=NOW
    )
    Erasure.objects.create(
        kind=ErasedKind.MEMBER, subject_id=new_id(), reason=ErasureReason.REQUEST, erased_at=NOW
    )
    with book.recording() as changes:
        agent = AgentFactory.create()
        changes.put(agent.pk, "member", [back.pk])
    assert erase_again(NOW + timedelta(days=2)) == 1
    assert erase_again(NOW + timedelta(days=3)) == 0
    assert list(Member.objects.filter(erased_at=None)) == [other]
    assert Member.objects.get(pk=gone.pk).erased_at == NOW
    assert BookEntry.objects.get().reason == "erased"
