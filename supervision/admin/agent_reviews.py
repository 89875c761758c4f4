"""Agents who brought nothing: who is to be reviewed, and what was decided (R31)."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import Agent, AgentState, Branch, Role, User
from retention.models import IdleWarning
from retention.services.idle_agents import begins_idleness, idle_months
from supervision.admin.acting import Asked, Done
from supervision.admin.agent_acts import OfWorking, decision_of
from supervision.admin.filters import WordFilter
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section, office_user
from supervision.admin.showing import NOTHING, badge, day, instant, link, month
from supervision.admin.words import Words, say
from supervision.models import AgentReview, KeptBecause, ReviewDecision
from supervision.services.agent_reviews import (
    agents_to_review,
    deactivate_idle_agent,
    end_agent_for_fraud,
    keep_agent,
    reviews_waiting,
    warned_agents,
)

REVIEW: Final = "review"
WARNED: Final = "warned"
WAITING: Final[Words] = {
    REVIEW: gettext_lazy("perlu ditinjau"),
    WARNED: gettext_lazy("diperingatkan"),
}
DECIDED: Final[Words] = {
    ReviewDecision.KEPT: gettext_lazy("tetap bekerja"),
    ReviewDecision.DEACTIVATED: gettext_lazy("dinonaktifkan"),
    ReviewDecision.FRAUD: gettext_lazy("diakhiri karena penyalahgunaan"),
}
DECIDED_TONES: Final = {ReviewDecision.KEPT: "good", ReviewDecision.DEACTIVATED: "warn"}
BECAUSE: Final[Words] = {
    KeptBecause.ON_LEAVE: gettext_lazy("sedang cuti"),
    KeptBecause.ACTIVE_AGAIN: gettext_lazy("sudah aktif lagi"),
    KeptBecause.WORK_NOT_SEEN: gettext_lazy("hasilnya belum tercatat"),
    KeptBecause.LEAN_SEASON: gettext_lazy("musim paceklik di wilayahnya"),
    KeptBecause.OTHER_DUTIES: gettext_lazy("tugas lain dari kantor"),
}


class IdleFilter(SimpleListFilter):
    """Agents who brought nothing for months, by what waits for them."""

    title = gettext_lazy("tinjauan")
    parameter_name = "idle"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """To be reviewed this month, or warned."""
        return list(WAITING.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those who wait; nobody waits for an unknown thing."""
        user, today = office_user(request), clock.today()
        match self.value():
            case None:
                return queryset
            case "review":
                return queryset.filter(pk__in=agents_to_review(user, as_of=today).values("pk"))
            case "warned":
                return queryset.filter(pk__in=warned_agents(user, as_of=today).values("pk"))
            case _:
                return queryset.none()


class DecisionFilter(WordFilter):
    """Reviews by what was decided."""

    title = gettext_lazy("keputusan")
    parameter_name = "decision"
    words = DECIDED


class KeepForm(forms.Form):
    """Why she goes on."""

    reason = forms.ChoiceField(label=gettext_lazy("Alasan"), choices=list(BECAUSE.items()))


class OfIdle(OfWorking):
    """Something that is decided about an agent whose review waits."""

    doers = frozenset({Role.SUPERVISOR})

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """To working agents without results for long, once a month."""
        is_reviewed = getattr(record, "is_reviewed", True)
        return record is not None and _is_idle(record) and not is_reviewed


class Keep(OfIdle):
    """She goes on."""

    name = "review-keep"
    title = gettext_lazy("Tinjau: tetap bekerja")
    explanation = gettext_lazy("Bila bulan ini pun tanpa hasil, ia ditinjau lagi bulan depan.")
    form = KeepForm

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Note it, with the reason from the list."""
        because = KeptBecause(asked.data["reason"])
        keep_agent(record, because, by=asked.user, now=clock.now())
        return Done(message=_("Tinjauan dicatat: agen tetap bekerja."))


class Deactivate(OfIdle):
    """She rests."""

    name = "review-deactivate"
    title = gettext_lazy("Tinjau: nonaktifkan")
    explanation = gettext_lazy(
        "Semua sesi berakhir. Ia dapat kembali atas permintaan Wadah setelah masa jeda, yang"
        " harinya dicatat. Pesertanya tetap tercatat padanya sampai dialihkan."
    )
    is_grave = True
    form = ReasonForm

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Suspend her for idleness."""
        deactivate_idle_agent(record, decision_of(asked))
        return Done(message=_("Tinjauan dicatat: agen dinonaktifkan."))


class EndForFraud(OfWorking):
    """For ever, at once."""

    name = "end-for-fraud"
    title = gettext_lazy("Akhiri karena penyalahgunaan")
    explanation = gettext_lazy(
        "Untuk selamanya dan seketika, tanpa jalan kembali; ponselnya diperintah menghapus data."
    )
    needs_step_up = True
    is_grave = True
    form = ReasonForm

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """End her, and keep why."""
        end_agent_for_fraud(record, decision_of(asked))
        return Done(message=_("Keagenan diakhiri karena penyalahgunaan."))


class AgentReviewAdmin(ScopedAdmin[AgentReview]):
    """What was decided; who waits for it stands in the list of agents."""

    title = gettext_lazy("Tinjauan agen")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    list_display = ("of_month", "agent_number", "decision_badge", "because", "decider")
    list_filter = (DecisionFilter,)
    list_select_related = ("agent", "decided_by")

    def scoped(self, user: User) -> QuerySet[AgentReview]:
        """Of the agents that the user may see."""
        return AgentReview.objects.visible_to(user)

    @admin.display(description=gettext_lazy("bulan tinjauan"))
    def of_month(self, review: AgentReview) -> str:
        """Of the review."""
        return month(review.month)

    @admin.display(description=gettext_lazy("agen"))
    def agent_number(self, review: AgentReview) -> str:
        """Whose it is."""
        return review.agent.number

    @admin.display(description=gettext_lazy("keputusan"))
    def decision_badge(self, review: AgentReview) -> SafeString:
        """What was decided."""
        return decision_badge(review.decision)

    @admin.display(description=gettext_lazy("alasan"))
    def because(self, review: AgentReview) -> str:
        """Why she goes on."""
        return say(BECAUSE, review.kept_because) if review.kept_because else NOTHING

    @admin.display(description=gettext_lazy("oleh"))
    def decider(self, review: AgentReview) -> str:
        """Who decided."""
        return review.decided_by.username

    def called(self, record: AgentReview, user: User) -> str:
        """By the agent and the month."""
        return f"{record.agent.number}, {month(record.month)}"

    def detail(self, record: AgentReview, user: User) -> Detail:
        """One decision."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("agen"), value=link(record.agent, record.agent.number)),
                Fact(label=_("bulan tinjauan"), value=month(record.month)),
                Fact(label=_("keputusan"), value=decision_badge(record.decision)),
                Fact(label=_("alasan"), value=self.because(record)),
                Fact(label=_("hasil terakhir saat itu"), value=day(record.active_on)),
                Fact(label=_("oleh"), value=record.decided_by.username),
                Fact(label=_("kapan"), value=instant(record.decided_at)),
            ],
        )


def decision_badge(decision: str) -> SafeString:
    """What was decided about an agent."""
    known = ReviewDecision(decision)
    return badge(DECIDED[known], DECIDED_TONES.get(known, "bad"))


def idle_badge(agent: Agent) -> SafeString | str:
    """How many full months were without result; of who works, by the annotation `active_on`."""
    found = _months_of(agent)
    if not found:
        return NOTHING
    said = _("%(number)s bulan") % {"number": found}
    tone = "warn" if found >= settings.AGENT_IDLE_WARN else "quiet"
    return badge(said, "bad" if _is_idle(agent) else tone)


def warned_in(agent: Agent) -> str:
    """The month of the newest warning that was sent to her, if any."""
    warnings = IdleWarning.objects.filter(agent=agent).order_by("-month")
    return month(warnings.values_list("month", flat=True).first())


def reviews_of(agent: Agent) -> Section:
    """The newest decisions about an agent."""
    reviews = AgentReview.objects.filter(agent=agent).select_related("decided_by")
    return Section(
        title=_("Tinjauan agen"),
        columns=[_("bulan tinjauan"), _("keputusan"), _("alasan"), _("oleh")],
        rows=[
            (
                link(review, month(review.month)),
                decision_badge(review.decision),
                say(BECAUSE, review.kept_because) if review.kept_because else NOTHING,
                review.decided_by.username,
            )
            for review in reviews.order_by("-decided_at")[:12]
        ],
    )


def waiting_reviews(branch: Branch) -> list[Section]:
    """How many of a branch's agents wait for a review, or are warned; nobody: no section."""
    found = reviews_waiting(branch.pk, as_of=clock.today())
    agents = reverse("admin:perisai_agent_changelist")
    counted = {REVIEW: found.to_review, WARNED: found.warned}
    rows = [
        (format_html('<a href="{}?idle={}">{}</a>', agents, code, WAITING[code]), number)
        for code, number in counted.items()
        if number
    ]
    section = Section(title=_("Agen tanpa hasil"), columns=[_("tinjauan"), _("jumlah")], rows=rows)
    return [section] if rows else []


def _months_of(agent: Agent) -> int:
    active_on = getattr(agent, "active_on", None)
    if active_on is None or agent.state != AgentState.ACTIVE:
        return 0
    return idle_months(active_on, as_of=clock.today())


def _is_idle(agent: Agent) -> bool:
    active_on = getattr(agent, "active_on", None)
    is_working = agent.state == AgentState.ACTIVE
    limit = begins_idleness(clock.today(), settings.AGENT_IDLE_MONTHS)
    return is_working and active_on is not None and active_on < limit
