"""Members go to another agent: proposed on a page, tried on the next, then meant (R32)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import ALONE, HandOverProposal, Member
from enrollment.services.hand_over_proposals import (
    HandOverDraft,
    HandOverTrial,
    confirm_dealt,
    confirm_hand_over,
    drop_hand_over,
    propose_hand_over,
    try_hand_over,
)
from perisai import clock
from perisai.models import Agent, Role, User
from retention.services.visit_load import VisitLoad, visit_load, visits_by_agent
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, instant, link, name_for, yes_or_no

DOERS: Final = frozenset({Role.SUPERVISOR})
NAMED_SHOWN: Final = 50


if TYPE_CHECKING:
    AgentField = forms.ModelChoiceField[Agent]
else:
    AgentField = forms.ModelChoiceField


class AgentChoice(AgentField):
    """An agent by number and name, with how many members she has to visit."""

    visits: Mapping[UUID, int] = {}

    def label_from_instance(self, obj: Agent) -> str:
        """As the branch knows her; the number is a warning, no limit."""
        visits, most = self.visits.get(obj.pk, 0), settings.FOLLOWUP_MOST_PER_AGENT
        load = _("%(visits)d perlu dikunjungi, batas %(most)d") % {"visits": visits, "most": most}
        return f"{obj.number} {obj.name} ({load})"


class TakerForm(ReasonForm):
    """To whom, and why."""

    def __init__(self, user: User, giver: Agent | None, *sent: Any) -> None:
        super().__init__(*sent)
        takers = Agent.objects.visible_to(user).working().order_by("number")
        if giver is not None:
            takers = takers.exclude(pk=giver.pk)
        choice = AgentChoice(label=gettext_lazy("Agen penerima"), queryset=takers)
        choice.visits = visits_by_agent(
            set(takers.values_list("pk", flat=True)), as_of=clock.today()
        )
        self.fields["to_agent"] = choice
        self.order_fields(["villages", "to_agent", "reason"])


class CareForm(TakerForm):
    """Whose: all members of an agent, or those of some villages."""

    def __init__(self, user: User, giver: Agent, *sent: Any) -> None:
        super().__init__(user, giver, *sent)
        self.fields["villages"] = forms.MultipleChoiceField(
            label=gettext_lazy("Hanya peserta di desa/kelurahan"),
            help_text=gettext_lazy("Kosong: semua peserta agen ini."),
            choices=_villages_of(giver),
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        self.order_fields(["villages", "to_agent", "reason"])


class GiveCare(Act[Agent]):
    """An agent's members, all or those of villages."""

    name = "hand-over"
    title = gettext_lazy("Alih binaan")
    doers = DOERS
    explanation = gettext_lazy(
        "Belum ada yang berpindah: halaman berikutnya memperlihatkan jumlahnya."
    )

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """While she has members, also once she has ended."""
        return record is not None and _held_by(record).exists()

    def make_form(self, record: Agent | None, user: User, *sent: Any) -> forms.Form:
        """With the branch's other agents who work."""
        if record is None:
            raise AssertionError("an act on a record has one")
        return CareForm(user, record, *sent)

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Note it, and go on to its dry run."""
        draft = HandOverDraft(
            from_agent=record,
            villages=tuple(asked.data["villages"]),
            to_agent=asked.data["to_agent"],
            reason=asked.data["reason"],
        )
        return _proposed(draft, asked.user)


class GiveMember(Act[Member]):
    """One member."""

    name = "hand-over"
    title = gettext_lazy("Alih binaan")
    doers = DOERS
    explanation = gettext_lazy(
        "Belum ada yang berpindah: halaman berikutnya memperlihatkan jumlahnya."
    )

    def is_offered(self, record: Member | None, user: User) -> bool:
        """Of rows that count."""
        return record is not None and record.merged_into_id is None and record.erased_at is None

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """With the branch's other agents who work."""
        return TakerForm(user, record.agent if record is not None else None, *sent)

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Note it, and go on to its dry run."""
        said = asked.data
        draft = HandOverDraft(member=record, to_agent=said["to_agent"], reason=said["reason"])
        return _proposed(draft, asked.user)


class ConfirmHandOver(Act[HandOverProposal]):
    """Mean what was tried."""

    name = "confirm"
    title: ClassVar[Promise] = gettext_lazy("Laksanakan alih binaan")
    doers = DOERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Bagian agen lama berakhir dengan bulan ini. Riwayat tetap; ponsel kedua agen diberi tahu."
    )

    def is_offered(self, record: HandOverProposal | None, user: User) -> bool:
        """Once; many members by somebody else than who proposed it."""
        if record is None or not record.is_open:
            return False
        return record.member_count <= ALONE or record.proposed_by_id != user.pk

    def carry_out(self, record: HandOverProposal, asked: Asked) -> Done:
        """Few move now, many by a worker."""
        confirm_hand_over(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Alih binaan disahkan."))


class DropHandOver(Act[HandOverProposal]):
    """Not meant after all."""

    name = "drop"
    title: ClassVar[Promise] = gettext_lazy("Batalkan usul")
    doers = DOERS

    def is_offered(self, record: HandOverProposal | None, user: User) -> bool:
        """Until it is meant."""
        return record is not None and record.is_open

    def carry_out(self, record: HandOverProposal, asked: Asked) -> Done:
        """Nobody has moved."""
        drop_hand_over(record.pk, by=asked.user, now=clock.now())
        return Done(message=_("Usul alih binaan dibatalkan."))


class ConfirmDealt(Act[HandOverProposal]):
    """Mean what was dealt out, up to what one person may give away."""

    name = "confirm-dealt"
    title: ClassVar[Promise] = gettext_lazy("Laksanakan semua pembagian")
    doers = DOERS
    needs_step_up = True
    is_for_list = True
    explanation = gettext_lazy(
        "Usul pembagian yang menunggu dilaksanakan, yang tertua lebih dulu, sampai 500 peserta."
    )

    def carry_out(self, record: HandOverProposal, asked: Asked) -> Done:
        """One after the other; who cannot take any more is passed over for good."""
        meant, moved = confirm_dealt(by=asked.user, now=clock.now())
        words = _("%(proposals)d usul dilaksanakan, %(members)d peserta berpindah.")
        return Done(message=words % {"proposals": meant, "members": moved})


class HandOverAdmin(ScopedAdmin[HandOverProposal]):
    """What was proposed, with its dry run while it waits."""

    title = gettext_lazy("Alih binaan")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (ConfirmDealt(), ConfirmHandOver(), DropHandOver())
    list_display = ("proposed", "giver", "taker", "many", "state_shown")
    list_select_related = ("from_agent", "to_agent")

    def scoped(self, user: User) -> QuerySet[HandOverProposal]:
        """The user's branch, or all."""
        return HandOverProposal.objects.visible_to(user)

    @admin.display(description=gettext_lazy("diusulkan"))
    def proposed(self, proposal: HandOverProposal) -> str:
        """When."""
        return instant(proposal.created_at)

    @admin.display(description=gettext_lazy("dari agen"))
    def giver(self, proposal: HandOverProposal) -> str:
        """Whose members; of one member her page says it."""
        return proposal.from_agent.number if proposal.from_agent else NOTHING

    @admin.display(description=gettext_lazy("kepada agen"))
    def taker(self, proposal: HandOverProposal) -> str:
        """To whom."""
        return proposal.to_agent.number

    @admin.display(description=gettext_lazy("peserta"))
    def many(self, proposal: HandOverProposal) -> int:
        """How many, when last counted."""
        return proposal.member_count

    @admin.display(description=gettext_lazy("keadaan"))
    def state_shown(self, proposal: HandOverProposal) -> SafeString:
        """Where it stands."""
        return _state(proposal)

    def called(self, record: HandOverProposal, user: User) -> str:
        """By its instant."""
        return f"{_('Alih binaan')}, {instant(record.created_at)}"

    def detail(self, record: HandOverProposal, user: User) -> Detail:
        """Who goes where and why; while it waits, what it would do now."""
        may_read = user.role == Role.SUPERVISOR
        second = record.confirmed_by.username if record.confirmed_by else NOTHING
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("keadaan"), value=_state(record)),
                *_whose(record, user),
                Fact(label=_("kepada agen"), value=link(record.to_agent, record.to_agent.number)),
                Fact(label=_("peserta yang berpindah"), value=record.member_count),
                Fact(label=_("perlu orang kedua"), value=yes_or_no(record.member_count > ALONE)),
                Fact(label=_("alasan"), value=record.reason if may_read else NOTHING),
                Fact(label=_("diusulkan oleh"), value=_asker(record)),
                Fact(label=_("disahkan oleh"), value=second),
                Fact(label=_("disahkan"), value=instant(record.confirmed_at)),
                Fact(label=_("selesai"), value=instant(record.done_at)),
            ],
            sections=[
                *([_tried(record, user)] if record.is_open and may_read else []),
                *_named(record, user),
            ],
        )


def _proposed(draft: HandOverDraft, user: User) -> Done:
    proposal = propose_hand_over(draft, by=user)
    page = reverse("admin:enrollment_handoverproposal_change", args=[proposal.pk])
    return Done(message=_("Usul dicatat. Periksa, lalu laksanakan."), next_url=page)


def _held_by(agent: Agent) -> QuerySet[Member]:
    return Member.objects.unmerged().served_by(agent.pk)


def _villages_of(agent: Agent) -> list[tuple[str, str]]:
    """Where her members live, with how many of them."""
    counted = _held_by(agent).filter(village__isnull=False).values("village", "village__name")
    return [
        (row["village"], f"{row['village__name']} ({row['many']})")
        for row in counted.annotate(many=Count("pk")).order_by("village__name", "village")
    ]


def _state(proposal: HandOverProposal) -> SafeString:
    if proposal.done_at is not None:
        return badge(_("selesai"), "good")
    if proposal.refusal:
        return badge(_("tidak dapat dilaksanakan"), "bad")
    if proposal.dropped_at is not None:
        return badge(_("dibatalkan"), "quiet")
    if proposal.confirmed_at is not None:
        return badge(_("sedang dilaksanakan"), "warn")
    return badge(_("menunggu pengesahan"), "warn")


def _asker(proposal: HandOverProposal) -> str:
    return proposal.proposed_by.username if proposal.proposed_by else _("sistem")


def _whose(proposal: HandOverProposal, user: User) -> list[Fact]:
    giver, member = proposal.from_agent, proposal.member
    if giver is None and member is None:
        return [Fact(label=_("dari agen"), value=_("tanpa agen yang bekerja"))]
    if giver is None:
        shown = link(member, name_for(user, member.full_name)) if member is not None else NOTHING
        return [Fact(label=_("peserta"), value=shown)]
    return [
        Fact(label=_("dari agen"), value=link(giver, giver.number)),
        Fact(label=_("desa/kelurahan"), value=", ".join(proposal.villages) or _("semua")),
    ]


def _named(proposal: HandOverProposal, user: User) -> list[Section]:
    """The members that a hand-out names, if it names any."""
    seen = Member.objects.visible_to(user).filter(pk__in=proposal.members[:NAMED_SHOWN])
    rows = [
        (link(member, name_for(user, member.full_name)), member.village or NOTHING)
        for member in seen.select_related("village").order_by("pk")
    ]
    section = Section(
        title=_("Peserta"),
        columns=[_("nama"), _("desa/kelurahan")],
        rows=rows,
        note=_("%(most)s pertama") % {"most": NAMED_SHOWN},
    )
    return [section] if proposal.members else []


def _tried(proposal: HandOverProposal, user: User) -> Section:
    """The dry run: nothing is changed."""
    trial = try_hand_over(proposal, by=user)
    load = visit_load(proposal.to_agent_id, trial.plan.moving, as_of=clock.today())
    return Section(
        title=_("Uji coba: jika dilaksanakan sekarang"),
        columns=[_("hal"), _("jumlah")],
        rows=[*_counts(trial), *_visits(load)],
        note=_verdict(trial, load),
    )


def _verdict(trial: HandOverTrial, load: VisitLoad) -> str:
    """Too many visits are a warning: who names an agent decides (ADR 43)."""
    if not trial.is_possible:
        return _("Tidak dapat dilaksanakan.")
    if not load.is_too_much:
        return _("Dapat dilaksanakan.")
    words = _(
        "Dapat dilaksanakan, tetapi agen penerima akan melewati batas %(most)d kunjungan."
        " Pertimbangkan pembagian rata."
    )
    return words % {"most": load.most}


def _visits(load: VisitLoad) -> list[tuple[str, object]]:
    return [
        (_("perlu dikunjungi, pada agen penerima"), load.before),
        (_("perlu dikunjungi, di antara yang berpindah"), load.added),
        (_("perlu dikunjungi, sesudahnya"), load.after),
        (_("melewati batas kunjungan"), yes_or_no(load.is_too_much)),
    ]


def _counts(trial: HandOverTrial) -> list[tuple[str, object]]:
    plan = trial.plan
    return [
        (_("peserta yang berpindah"), len(plan.moving)),
        (_("sudah pada agen penerima"), plan.already_there),
        (_("kepesertaannya sudah ditutup"), trial.closed),
        (_("di luar wilayah agen penerima"), trial.outside_villages),
        (_("perkara yang masih terbuka"), trial.open_cases),
        (_("isi buku agen penerima sesudahnya"), plan.rows_after),
        (_("melewati batas buku"), yes_or_no(plan.is_too_much)),
        (_("agen penerima bekerja"), yes_or_no(trial.is_agent_working)),
    ]
