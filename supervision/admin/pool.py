"""The branch's pool: members whom no working agent looks after, and who gets them (R32)."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member, unrestricted
from enrollment.services.hand_over_proposals import HandOverDraft, propose_hand_over
from perisai import clock
from perisai.models import Agent, Role, User
from retention.models import PoolMember
from retention.services.hand_out import HandedOut, HandOut, pool_of, propose_hand_out, with_visits
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.hand_overs import DOERS, TakerForm
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, ScopedAdmin
from supervision.admin.showing import NOTHING, link, masked, month, name_for
from supervision.services.scope import office_users_visible_to

OFFERED: Final = 50
"""Members that the form of a hand-over names; the next ones come once these have an agent."""


class DealForm(ReasonForm):
    """Whom to deal out, and why."""

    only_visits = forms.BooleanField(
        label=gettext_lazy("Hanya yang perlu dikunjungi"), required=False, initial=True
    )
    field_order = ("only_visits", "reason")


class ManyForm(TakerForm):
    """Which members of the pool, to whom, and why."""

    def __init__(self, user: User, *sent: Any) -> None:
        super().__init__(user, None, *sent)
        self.fields["members"] = forms.TypedMultipleChoiceField(
            label=gettext_lazy("Peserta"),
            coerce=UUID,
            choices=_pool_choices(user),
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["members", "to_agent", "reason"])


class DealPool(Act[PoolMember]):
    """The whole pool, to the nearest and least burdened agents."""

    name = "deal-out"
    title = gettext_lazy("Bagi rata")
    doers = DOERS
    is_for_list = True
    form = DealForm
    explanation = gettext_lazy(
        "Menurut wilayah, lalu beban kerja. Belum ada yang berpindah: tiap agen mendapat satu usul"
        " alih binaan dengan uji cobanya."
    )

    def carry_out(self, record: PoolMember, asked: Asked) -> Done:
        """Note a proposal per agent."""
        return _dealt(asked, from_agent=None)


class DealAgent(Act[Agent]):
    """The members of one agent, to the nearest and least burdened others."""

    name = "deal-out"
    title = gettext_lazy("Bagi rata pesertanya")
    doers = DOERS
    form = DealForm
    explanation = DealPool.explanation

    def is_offered(self, record: Agent | None, user: User) -> bool:
        """While she has members, also once she has ended."""
        if record is None:
            return False
        return Member.objects.visible_to(user).served_by(record.pk).live().exists()

    def carry_out(self, record: Agent, asked: Asked) -> Done:
        """Note a proposal per agent."""
        return _dealt(asked, from_agent=record)


class HandMany(Act[PoolMember]):
    """Some of the pool, to one agent whom the supervisor names."""

    name = "hand-over"
    title = gettext_lazy("Serahkan kepada agen")
    doers = DOERS
    is_for_list = True
    explanation = gettext_lazy(
        "Belum ada yang berpindah: halaman berikutnya memperlihatkan jumlahnya."
    )

    def make_form(self, record: PoolMember | None, user: User, *sent: Any) -> forms.Form:
        """With the first of the pool, and the branch's agents who work."""
        return ManyForm(user, *sent)

    def carry_out(self, record: PoolMember, asked: Asked) -> Done:
        """Note it, and go on to its dry run."""
        said = asked.data
        draft = HandOverDraft(
            to_agent=said["to_agent"], reason=said["reason"], members=tuple(said["members"])
        )
        proposal = propose_hand_over(draft, by=asked.user)
        page = reverse("admin:enrollment_handoverproposal_change", args=[proposal.pk])
        return Done(message=_("Usul dicatat. Periksa, lalu laksanakan."), next_url=page)


class VisitFilter(SimpleListFilter):
    """Who needs a visit; on demand the whole pool."""

    title = gettext_lazy("kunjungan")
    parameter_name = "visit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Those who need one need no choice."""
        return [("any", gettext_lazy("semua tanpa agen"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The list begins with those who need one, and says so."""
        first, *others = super().choices(changelist)
        yield dict(first) | {"display": gettext_lazy("perlu dikunjungi")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """With an open follow-up, or all."""
        return queryset if self.value() == "any" else with_visits(queryset, as_of=clock.today())


class PoolAdmin(ScopedAdmin[PoolMember]):
    """A list alone: what is to be read of a member stands on the member's own page."""

    title = gettext_lazy("Peserta tanpa agen")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (DealPool(), HandMany())
    list_filter = (VisitFilter,)
    list_display_links = None
    list_select_related = ("agent", "village", "branch")

    def scoped(self, user: User) -> QuerySet[PoolMember]:
        """Of the user's branch, or all, with the officers who answer for them."""
        officers = office_users_visible_to(user).filter(role=Role.SUPERVISOR, is_active=True)
        pool = PoolMember.objects.visible_to(user).live().unmerged().unattended()
        return pool.filter(unrestricted()).prefetch_related(  # type: ignore[return-value]  # a proxy
            Prefetch("branch__users", queryset=officers.order_by("username"))
        )

    def get_urls(self) -> list[URLPattern]:
        """The list and its acts."""
        return [route for route in super().get_urls() if "object_id" not in str(route.pattern)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The name is whole for the branch's supervisor alone (R37)."""
        is_supervisor = getattr(request.user, "role", None) == Role.SUPERVISOR
        name = "whole_name" if is_supervisor else "masked_name"
        return [name, "village_name", "through", "former_agent", "officers"]

    @admin.display(description=gettext_lazy("nama"))
    def whole_name(self, member: PoolMember) -> SafeString:
        """As registered."""
        return link(Member(pk=member.pk), member.full_name)

    @admin.display(description=gettext_lazy("nama"))
    def masked_name(self, member: PoolMember) -> SafeString:
        """Initials."""
        return link(Member(pk=member.pk), masked("name", member.full_name))

    @admin.display(description=gettext_lazy("desa/kelurahan"))
    def village_name(self, member: PoolMember) -> str:
        """Where the member lives."""
        return member.village.name if member.village else NOTHING

    @admin.display(description=gettext_lazy("lunas sampai"))
    def through(self, member: PoolMember) -> str:
        """The last paid month."""
        return month(member.paid_through)

    @admin.display(description=gettext_lazy("agen terakhir"))
    def former_agent(self, member: PoolMember) -> str:
        """Who looked after the member, and does not work now."""
        return member.agent.number if member.agent else NOTHING

    @admin.display(description=gettext_lazy("petugas"))
    def officers(self, member: PoolMember) -> str:
        """Who answers for the member meanwhile: nobody is without agent or named officer."""
        named = ", ".join(user.username for user in member.branch.users.all())
        return f"{member.branch.name}: {named}" if named else member.branch.name

    def detail(self, record: PoolMember, user: User) -> Detail:
        """There is none: see the list's own addresses."""
        raise AssertionError("the pool is a list alone")


def _dealt(asked: Asked, *, from_agent: Agent | None) -> Done:
    branch_id = asked.user.branch_id
    if branch_id is None:
        raise AssertionError("a supervisor has a branch")
    wanted = HandOut(
        branch_id=branch_id,
        reason=asked.data["reason"],
        from_agent=from_agent,
        only_visits=asked.data["only_visits"],
        by=asked.user,
    )
    found = propose_hand_out(wanted, now=clock.now())
    proposals = reverse("admin:enrollment_handoverproposal_changelist")
    return Done(message=_told(found), next_url=proposals if found.proposals else "")


def _told(found: HandedOut) -> str:
    words = _("%(proposals)d usul untuk %(members)d peserta; %(left)d tetap tanpa agen.")
    counts = {"proposals": found.proposals, "members": found.members, "left": found.left}
    return words % counts


def _pool_choices(user: User) -> list[tuple[str, str]]:
    """Those to visit, the longest unpaid first."""
    if user.branch_id is None:
        return []
    waiting = with_visits(pool_of(user.branch_id), as_of=clock.today()).select_related("village")
    return [
        (str(member.pk), f"{name_for(user, member.full_name)}, {member.village or NOTHING}")
        for member in waiting.order_by("paid_through", "pk")[:OFFERED]
    ]
