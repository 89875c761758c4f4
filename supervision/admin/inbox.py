"""Operations that were kept and not applied: what they were, and why; never their content."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.case_words import CASE_KINDS, CASE_STATES, LOSSES
from supervision.admin.filters import ResultFilter
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, instant, link
from supervision.admin.words import KINDS, RESULTS, say
from supervision.services.scope import VOID, troubled_operations_visible_to
from sync.models import Conflict, Operation, ResultWord
from sync.services.blocked import PARKED
from sync.services.waiting import replay_one

TONES = {"conflict": "warn", "rejected": "bad", "blocked": "warn"}


class Replay(Act[Operation]):
    """Once more, after the fault was mended."""

    name = "replay"
    title = gettext_lazy("Jalankan ulang")
    explanation = gettext_lazy(
        "Kiriman ini terhenti karena kesalahan sistem. Jalankan ulang sesudah kesalahannya "
        "diperbaiki; agen menerima hasilnya saat ponselnya tersambung."
    )
    doers = frozenset({Role.SUPERVISOR})

    def is_offered(self, record: Operation | None, user: User) -> bool:
        """Of what is parked."""
        found = (record.result, record.code) if record is not None else ("", "")
        return found == (ResultWord.BLOCKED, PARKED)

    def carry_out(self, record: Operation, asked: Asked) -> Done:
        """Run it; what fails again stays parked."""
        if replay_one(record.pk):
            return Done(message=_("Kiriman dijalankan; hasilnya sudah tetap."))
        return Done(message=_("Kiriman terhenti lagi; kesalahannya belum diperbaiki."))


class OperationAdmin(ScopedAdmin[Operation]):
    """What agents sent and the rules did not take."""

    title = gettext_lazy("Kiriman bermasalah")
    readers = frozenset({Role.SUPERVISOR})
    acts = (Replay(),)
    list_display = (
        "received",
        "agent_number",
        "what",
        "outcome_badge",
        column("code", gettext_lazy("kode")),
    )
    list_filter = (ResultFilter,)
    list_select_related = ("agent",)

    def scoped(self, user: User) -> QuerySet[Operation]:
        """Of the branch's agents."""
        return troubled_operations_visible_to(user)

    @admin.display(description=gettext_lazy("diterima"))
    def received(self, operation: Operation) -> str:
        """Our time."""
        return instant(operation.received_at)

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, operation: Operation) -> str:
        """Who sent it."""
        return operation.agent.number

    @admin.display(description=gettext_lazy("kiriman"))
    def what(self, operation: Operation) -> str:
        """Its kind."""
        return say(KINDS, operation.kind)

    @admin.display(description=gettext_lazy("hasil"))
    def outcome_badge(self, operation: Operation) -> SafeString:
        """Refused, held or waiting."""
        return result_badge(operation)

    def detail(self, record: Operation, user: User) -> Detail:
        """Why it was not applied, and the case that a person must decide."""
        return Detail(
            title=say(KINDS, record.kind),
            facts=[
                Fact(label=_("hasil"), value=result_badge(record)),
                Fact(label=_("kode"), value=record.code or NOTHING),
                Fact(label=_("agen"), value=link(record.agent, record.agent.number)),
                Fact(label=_("nomor urut"), value=record.seq),
                Fact(label=_("dibuat di perangkat"), value=instant(record.adjusted_at)),
                Fact(label=_("diterima"), value=instant(record.received_at)),
                Fact(label=_("nomor kiriman"), value=record.op_id),
                *_lost_of(record),
            ],
            sections=[_faults_of(record), _cases_of(record)],
        )


def result_badge(operation: Operation) -> SafeString:
    """The stored word."""
    return badge(say(RESULTS, operation.result), TONES.get(operation.result, "quiet"))


def _lost_of(operation: Operation) -> list[Fact]:
    """What a phone says of an operation that it has lost: why, and which one."""
    if operation.kind != VOID:
        return []
    said: dict[str, Any] = (operation.body or {}).get("data") or {}
    return [
        Fact(label=_("alasan"), value=say(LOSSES, str(said.get("reason", "")))),
        Fact(label=_("kiriman yang hilang"), value=said.get("lost_op_id") or NOTHING),
    ]


def _faults_of(operation: Operation) -> Section:
    """Where the form was wrong, by place and code: the outcome holds nothing personal."""
    outcome: dict[str, Any] = operation.outcome if isinstance(operation.outcome, dict) else {}
    problem = outcome.get("problem")
    errors = problem.get("errors", []) if isinstance(problem, dict) else []
    return Section(
        title=_("Kesalahan isian"),
        columns=[_("tempat"), _("kode")],
        rows=[(error.get("pointer", ""), error.get("code", "")) for error in errors],
    )


def _cases_of(operation: Operation) -> Section:
    cases = Conflict.objects.filter(operation=operation).defer("details").order_by("id")
    return Section(
        title=_("Perkara"),
        columns=[_("jenis"), _("keadaan"), _("dibuka")],
        rows=[
            (
                link(case, say(CASE_KINDS, case.kind)),
                say(CASE_STATES, case.state),
                instant(case.created_at),
            )
            for case in cases
        ],
    )
