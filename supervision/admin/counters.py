"""Counters (loket): who looks after them, their passwords, and the switch that closes one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import PartnerChangeKind, Payment, PostAgent
from payments.rupiah import format_rupiah
from payments.services.partner_changes import (
    NewName,
    PartnerDraft,
    close_counter,
    edit_counter,
    propose_partner_change,
)
from payments.services.partner_figures import day_of, sum_of
from payments.services.terminals import looks_after
from perisai import clock
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.agent_acts import DOERS, decision_of
from supervision.admin.history import history_of
from supervision.admin.partner_forms import CounterNameForm, name_of, with_branches
from supervision.admin.partners import NATIONAL, SECOND, WAITS, open_badge
from supervision.admin.reasons import ReasonForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin
from supervision.admin.showing import NOTHING, column
from supervision.services.scope import outlets_visible_to


class ProposePassword(Act[PostAgent]):
    """A new password for a counter, or for a partner's own login."""

    name = "reset"
    title = gettext_lazy("Usulkan kata sandi baru")
    explanation = gettext_lazy(
        "Orang kedua di kantor pusat menyetujuinya dan menerima kata sandinya;"
        " saat itu kata sandi lama dan semua sesinya berakhir."
    )
    doers = DOERS
    needs_step_up = True
    form = ReasonForm

    def is_offered(self, record: PostAgent | None, user: User) -> bool:
        """To who looks after it."""
        return record is not None and looks_after(record, user)

    def carry_out(self, record: PostAgent, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.NEW_PASSWORD, outlet=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class EditCounter(Act[PostAgent]):
    """Another name or branch."""

    name = "edit"
    title = gettext_lazy("Ubah nama atau kantor cabang")
    doers = NATIONAL
    needs_step_up = True

    def is_offered(self, record: PostAgent | None, user: User) -> bool:
        """Of counters; a partner's own login is of no branch."""
        return record is not None and record.is_counter

    def make_form(self, record: PostAgent | None, user: User, *sent: Any) -> forms.Form:
        """With what holds now."""
        form = with_branches(CounterNameForm(*sent), user)
        form.initial = name_of(record) if record else {}
        return form

    def carry_out(self, record: PostAgent, asked: Asked) -> Done:
        """Change it."""
        new = NewName(name=asked.data["name"], branch=asked.data["branch"])
        edit_counter(record, new, decision_of(asked))
        return Done(message=_("Loket diubah."))


class CloseCounter(Act[PostAgent]):
    """The kill switch of one counter."""

    name = "close"
    title = gettext_lazy("Tutup loket sekarang")
    explanation = gettext_lazy(
        "Seketika loket ini tidak dapat memeriksa atau membayar, dan sesinya berakhir."
        " Membukanya lagi memerlukan dua orang."
    )
    doers = DOERS
    needs_step_up = True
    is_grave = True
    form = ReasonForm

    def is_offered(self, record: PostAgent | None, user: User) -> bool:
        """To who looks after it, while it is open."""
        return record is not None and record.is_active and looks_after(record, user)

    def carry_out(self, record: PostAgent, asked: Asked) -> Done:
        """Close it."""
        close_counter(record, decision_of(asked))
        return Done(message=_("Loket ditutup."))


class ProposeOpening(Act[PostAgent]):
    """A closed counter back."""

    name = "open"
    title = gettext_lazy("Usulkan loket dibuka lagi")
    explanation = SECOND
    doers = NATIONAL
    needs_step_up = True
    form = ReasonForm

    def is_offered(self, record: PostAgent | None, user: User) -> bool:
        """While it is closed."""
        return record is not None and not record.is_active

    def carry_out(self, record: PostAgent, asked: Asked) -> Done:
        """Propose it."""
        draft = PartnerDraft(kind=PartnerChangeKind.OPEN_COUNTER, outlet=record, **asked.data)
        propose_partner_change(draft, by=asked.user)
        return Done(message=WAITS)


class PostAgentAdmin(ScopedAdmin[PostAgent]):
    """Counters."""

    title = gettext_lazy("Loket")
    readers = frozenset({Role.SUPERVISOR, Role.FINANCE, Role.NATIONAL, Role.AUDITOR})
    acts = (ProposePassword(), EditCounter(), ProposeOpening(), CloseCounter())
    list_display = ("code", column("name", gettext_lazy("nama")), "partner_name", "works")
    list_select_related = ("partner",)

    def scoped(self, user: User) -> QuerySet[PostAgent]:
        """Of the user's branch, or all."""
        return outlets_visible_to(user)

    @admin.display(description=gettext_lazy("kode"))
    def code(self, outlet: PostAgent) -> str:
        """The counter's code; a partner's own login has none."""
        return outlet.outlet_code or _("akun mitra")

    @admin.display(description=gettext_lazy("mitra"))
    def partner_name(self, outlet: PostAgent) -> str:
        """Whose counter it is."""
        return outlet.partner.name

    @admin.display(description=gettext_lazy("keadaan"))
    def works(self, outlet: PostAgent) -> SafeString:
        """Whether it is open: both switches, its own and its partner's."""
        return open_badge(is_open=outlet.is_active and outlet.partner.is_active)

    def called(self, record: PostAgent, user: User) -> str:
        """By its name."""
        return record.name

    def detail(self, record: PostAgent, user: User) -> Detail:
        """One counter with its day and what was changed."""
        today = Payment.objects.at_outlet(record)
        paid = sum_of(today.filter(posted_at__range=day_of(clock.today())))
        return Detail(
            title=record.name,
            facts=[
                Fact(label=_("kode"), value=self.code(record)),
                Fact(label=_("mitra"), value=record.partner.name),
                Fact(label=_("kantor cabang"), value=record.branch or NOTHING),
                Fact(label=_("keadaan"), value=self.works(record)),
                Fact(label=_("pembayaran hari ini"), value=paid.count),
                Fact(label=_("jumlah hari ini"), value=format_rupiah(paid.rupiah)),
                Fact(label=_("biaya loket hari ini"), value=format_rupiah(paid.fee)),
            ],
            sections=[history_of(record)],
        )
