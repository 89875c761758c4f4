"""Cases (perkara): what waits for a person of the branch, both sides, and the three words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import ClosedReason, Member
from payments.rupiah import format_rupiah
from payments.services.merging import credit_of
from perisai import clock
from perisai.models import Agent, AgentState, Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.case_sides import sides_of
from supervision.admin.case_words import CASE_KINDS, CASE_STATES
from supervision.admin.filters import CaseStateFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant, link, name_for, yes_or_no
from supervision.admin.words import KINDS, say
from supervision.services.scope import cases_visible_to
from sync import registry
from sync.models import CaseState, Conflict, Operation
from sync.services.decide import LONGEST_REASON, Word, decide, held_operation

TONES: Final = {CaseState.OPEN: "warn", CaseState.REFUSED: "bad"}


class WordForm(forms.Form):
    """Why it is decided so."""

    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Agen dapat membacanya. Jangan menulis data pribadi."),
    )


class Decision(Act[Conflict]):
    """One of the words that end a case."""

    doers = frozenset({Role.SUPERVISOR})
    form = WordForm
    decision: ClassVar[Literal["apply", "merge", "refuse"]]
    done: ClassVar[Promise]

    def is_offered(self, record: Conflict | None, user: User) -> bool:
        """While nobody has decided."""
        return record is not None and record.state == CaseState.OPEN

    def carry_out(self, record: Conflict, asked: Asked) -> Done:
        """Decide; what the rules refuse is told on the form and the case stays open."""
        under = asked.data.get("under")
        word = Word(
            decision=self.decision,
            reason=asked.data["reason"],
            under=UUID(under) if under else None,
        )
        decide(record.pk, word, by=asked.user, now=clock.now())
        return Done(message=self.done)


class ApplyCase(Decision):
    """Carry out what was held."""

    name = "apply"
    title: ClassVar[Promise] = gettext_lazy("Terapkan isi kiriman")
    explanation = gettext_lazy("Isi kiriman diterapkan seperti yang diperlihatkan.")
    decision = "apply"
    done = gettext_lazy("Perkara diputus: diterapkan.")

    def is_offered(self, record: Conflict | None, user: User) -> bool:
        """Where an operation is held."""
        return super().is_offered(record, user) and _is_held(record)

    def make_form(self, record: Conflict | None, user: User, *sent: Any) -> forms.Form:
        """A record that is only now made may be given to another agent of the branch."""
        form = WordForm(*sent)
        held = held_operation(record) if record is not None else None
        if record is not None and held is not None and _makes_a_record(held):
            form.fields["under"] = forms.ChoiceField(
                label=gettext_lazy("Agen"),
                required=False,
                choices=[("", _("agen yang mengirim")), *_colleagues(user, record.agent_id)],
            )
            form.order_fields(("under", "reason"))
        return form


class MergeCase(Decision):
    """What was sent counts for the record that was there."""

    name = "merge"
    title: ClassVar[Promise] = gettext_lazy("Gabungkan ke data yang ada")
    explanation = gettext_lazy("Kiriman menjadi perbaikan data yang sudah ada.")
    decision = "merge"
    done = gettext_lazy("Perkara diputus: digabung.")

    def is_offered(self, record: Conflict | None, user: User) -> bool:
        """Where an operation is held that clashes with another record."""
        has_other = record is not None and record.other_id is not None
        return super().is_offered(record, user) and has_other and _is_held(record)


class FinishCase(Decision):
    """A case beside an operation that has its word: somebody has seen to it."""

    name = "finish"
    title: ClassVar[Promise] = gettext_lazy("Tandai sudah ditangani")
    decision = "apply"
    done = gettext_lazy("Perkara diputus: sudah ditangani.")

    def is_offered(self, record: Conflict | None, user: User) -> bool:
        """Where no operation is held."""
        return super().is_offered(record, user) and not _is_held(record)


class RefuseCase(Decision):
    """It is not applied; the agent reads why."""

    name = "refuse"
    title: ClassVar[Promise] = gettext_lazy("Tolak")
    explanation = gettext_lazy("Agen menerima alasan ini, tanpa data orang lain.")
    decision = "refuse"
    is_grave = True
    done = gettext_lazy("Perkara diputus: ditolak.")


class CaseAdmin(ScopedAdmin[Conflict]):
    """What waits for the branch's word, the oldest first."""

    title = gettext_lazy("Perkara")
    readers = frozenset({Role.SUPERVISOR})
    acts = (ApplyCase(), MergeCase(), FinishCase(), RefuseCase())
    keyset = ("id",)
    list_display = ("what", "subject", "agent_number", "opened", "age", "state_badge")
    list_filter = (CaseStateFilter,)
    list_select_related = ("agent", "operation")

    def scoped(self, user: User) -> QuerySet[Conflict]:
        """Of the branch's agents, and about the branch's members."""
        return cases_visible_to(user)

    @admin.display(description=gettext_lazy("perkara"))
    def what(self, case: Conflict) -> str:
        """Its kind."""
        return say(CASE_KINDS, case.kind)

    @admin.display(description=gettext_lazy("peserta"))
    def subject(self, case: Conflict) -> SafeString | str:
        """The member's page, if there is one; a held registration has none yet."""
        if case.entity != "member" or _is_making(case):
            return NOTHING
        return link(Member(pk=case.entity_id), str(case.entity_id)[-8:])

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, case: Conflict) -> str:
        """Whose work it is about."""
        return case.agent.number

    @admin.display(description=gettext_lazy("dibuka"))
    def opened(self, case: Conflict) -> str:
        """Since when it waits."""
        return instant(case.created_at)

    @admin.display(description=gettext_lazy("umur (hari)"))
    def age(self, case: Conflict) -> int:
        """Whole days until it was decided, or until now."""
        return _age(case)

    @admin.display(description=gettext_lazy("keadaan"))
    def state_badge(self, case: Conflict) -> SafeString:
        """Open, or how it was decided."""
        return _state(case)

    def called(self, record: Conflict, user: User) -> str:
        """By its kind."""
        return say(CASE_KINDS, record.kind)

    def detail(self, record: Conflict, user: User) -> Detail:
        """The case with both sides beside each other."""
        operation, seen = record.operation, _seen_members(record, user)
        return Detail(
            title=self.called(record, user),
            facts=[
                *_standing(record),
                *_sent(operation),
                *_moving(record, seen),
                *_decided(record),
            ],
            sections=[_members_of(record, seen, user), _sides_of(record, seen)],
        )


def _is_held(case: Conflict | None) -> bool:
    return case is not None and held_operation(case) is not None


def _is_making(case: Conflict) -> bool:
    """Whether the record of the case is only made when it is applied."""
    return case.operation is not None and _makes_a_record(case.operation)


def _makes_a_record(operation: Operation) -> bool:
    kind = registry.kind_of(operation.kind, operation.v)
    return kind is not None and kind.creates


def _colleagues(user: User, author_id: UUID) -> list[tuple[str, str]]:
    agents = Agent.objects.visible_to(user).filter(state=AgentState.ACTIVE).exclude(pk=author_id)
    return [(str(agent.pk), f"{agent.number} {agent.name}") for agent in agents.order_by("number")]


def _age(case: Conflict) -> int:
    until: datetime = case.decided_at or clock.now()
    return max(0, (until - case.created_at).days)


def _state(case: Conflict) -> SafeString:
    known = CaseState(case.state)
    return badge(CASE_STATES[known], TONES.get(known, "good"))


def _standing(case: Conflict) -> list[Fact]:
    return [
        Fact(label=_("keadaan"), value=_state(case)),
        Fact(label=_("agen"), value=link(case.agent, case.agent.number)),
        Fact(label=_("dibuka"), value=instant(case.created_at)),
        Fact(label=_("umur (hari)"), value=_age(case)),
    ]


def _sent(operation: Operation | None) -> list[Fact]:
    if operation is None:
        return []
    return [
        Fact(label=_("kiriman"), value=link(operation, say(KINDS, operation.kind))),
        Fact(label=_("kode"), value=operation.code or NOTHING),
        Fact(label=_("dibuat di perangkat"), value=instant(operation.adjusted_at)),
        Fact(label=_("diterima"), value=instant(operation.received_at)),
    ]


def _moving(case: Conflict, seen: Mapping[UUID, Member]) -> list[Fact]:
    """The balance that goes with a row which is said to be a duplicate, if it is merged (R23)."""
    held = held_operation(case)
    if held is None or held.kind != "member.close" or case.entity_id not in seen:
        return []
    if _data_of(held).get("reason") != ClosedReason.DUPLICATE:
        return []
    balance = format_rupiah(credit_of(case.entity_id))
    return [Fact(label=_("saldo yang berpindah bila digabung"), value=balance)]


def _decided(case: Conflict) -> list[Fact]:
    if case.decided_by is None:
        return []
    return [
        Fact(label=_("diputus oleh"), value=case.decided_by.username),
        Fact(label=_("diputus"), value=instant(case.decided_at)),
        Fact(label=_("alasan"), value=case.reason),
    ]


def _members_of(case: Conflict, seen: Mapping[UUID, Member], user: User) -> Section:
    """The records that the case is about; another branch's is only said to be there."""
    rows: list[tuple[object, object, object]] = []
    for role, member_id in (
        (_("yang diperkarakan"), case.entity_id),
        (_("peserta lain"), case.other_id),
    ):
        member = seen.get(member_id) if member_id is not None else None
        if member is not None:
            agent = member.agent.number if member.agent else NOTHING
            rows.append((role, link(member, name_for(user, member.full_name)), agent))
        elif member_id is not None and member_id == case.other_id:
            rows.append((role, _("peserta kantor cabang lain"), NOTHING))
    return Section(title=_("Peserta"), columns=[_("peran"), _("nama"), _("agen")], rows=rows)


def _seen_members(case: Conflict, user: User) -> dict[UUID, Member]:
    if case.entity != "member":
        return {}
    ids = [pk for pk in (case.entity_id, case.other_id) if pk is not None]
    seen = Member.objects.visible_to(user).filter(pk__in=ids).select_related("agent")
    return {member.pk: member for member in seen.prefetch_related("occupations")}


def _data_of(operation: Operation | None) -> dict[str, Any]:
    """What an operation says; nothing once its body is gone, or of a strange one."""
    body: dict[str, Any] = (operation.body if operation is not None else None) or {}
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _sides_of(case: Conflict, seen: Mapping[UUID, Member]) -> Section:
    """Field by field, what was sent beside what is there, and whether it would change."""
    operation = case.operation
    target = seen.get(case.other_id) if case.other_id is not None else seen.get(case.entity_id)
    kind = operation.kind if operation is not None else ""
    sides = sides_of(kind, _data_of(operation), target)
    return Section(
        title=_("Isi kiriman dan data sekarang"),
        columns=[_("isian"), _("dikirim"), _("sekarang"), _("berbeda")],
        rows=[(side.label, side.held, side.present, yes_or_no(side.differs)) for side in sides],
    )
