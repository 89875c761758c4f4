"""Offices with their contracts."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai import clock
from perisai.models import Office, OfficeContract, OfficeKind, Role, User
from perisai.services.contracts import ContractTerms, add_contract, end_contract
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.agent_acts import DOERS
from supervision.admin.agent_forms import ContractForm, EndContractForm
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import badge, column, day
from supervision.admin.words import Words, say
from supervision.services.scope import offices_visible_to

READERS = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
KINDS: Words = {
    OfficeKind.COOPERATIVE: gettext_lazy("koperasi"),
    OfficeKind.FOUNDATION: gettext_lazy("yayasan"),
    OfficeKind.CV: gettext_lazy("CV"),
    OfficeKind.ASSOCIATION: gettext_lazy("paguyuban"),
}


class AddContract(Act[Office]):
    """A contract is written down."""

    name = "add-contract"
    title = gettext_lazy("Catat kontrak")
    doers = DOERS
    form = ContractForm

    def carry_out(self, record: Office, asked: Asked) -> Done:
        """Add it."""
        said = asked.data
        terms = ContractTerms(
            number=said["number"], valid_from=said["valid_from"], valid_to=said["valid_to"]
        )
        add_contract(record, terms, by=asked.user)
        return Done(message=gettext_lazy("Kontrak dicatat."))


class EndContract(Act[Office]):
    """A contract gets its last day."""

    name = "end-contract"
    title = gettext_lazy("Akhiri kontrak")
    doers = DOERS
    explanation = gettext_lazy(
        "Pendaftaran yang direkam sesudah hari terakhir menunggu keputusan sebagai perkara."
    )

    def make_form(self, record: Office | None, user: User, *sent: Any) -> forms.Form:
        """With the office's contracts."""
        if record is None:
            raise AssertionError("an act on a record has one")
        return EndContractForm(record, *sent)

    def carry_out(self, record: Office, asked: Asked) -> Done:
        """End it."""
        end_contract(asked.data["contract"], on=asked.data["on"], by=asked.user)
        return Done(message=gettext_lazy("Kontrak diakhiri."))


class OfficeAdmin(ScopedAdmin[Office]):
    """The offices that a branch looks after."""

    title = gettext_lazy("Kantor Perisai")
    readers = READERS
    acts = (AddContract(), EndContract())
    keyset = ("code",)
    list_display = (
        column("code", gettext_lazy("kode")),
        column("name", gettext_lazy("nama")),
        "kind_word",
        "branch_name",
    )
    list_select_related = ("branch",)

    def scoped(self, user: User) -> QuerySet[Office]:
        """Of the user's branch, or all."""
        return offices_visible_to(user)

    @admin.display(description=gettext_lazy("bentuk"))
    def kind_word(self, office: Office) -> str:
        """Its legal form."""
        return say(KINDS, office.kind)

    @admin.display(description=gettext_lazy("kantor cabang"))
    def branch_name(self, office: Office) -> str:
        """Who looks after it."""
        return office.branch.name

    def detail(self, record: Office, user: User) -> Detail:
        """The office with its contracts and the number of its working agents."""
        return Detail(
            title=record.name,
            facts=[
                Fact(label=_("kode"), value=record.code),
                Fact(label=_("bentuk"), value=say(KINDS, record.kind)),
                Fact(label=_("kantor cabang"), value=record.branch.name),
                Fact(
                    label=_("agen aktif"),
                    value=record.agents.working().count(),
                ),
            ],
            sections=[_contracts_of(record)],
        )


def _contracts_of(office: Office) -> Section:
    today = clock.today()
    contracts = office.contracts.order_by("-valid_from")
    return Section(
        title=_("Kontrak"),
        columns=[_("nomor"), _("mulai"), _("sampai"), _("status")],
        rows=[
            (one.number, day(one.valid_from), day(one.valid_to), _badge(one, today))
            for one in contracts
        ],
    )


def _badge(contract: OfficeContract, today: date) -> SafeString:
    if contract.valid_from > today:
        return badge(_("akan datang"), "quiet")
    if contract.valid_to is not None and contract.valid_to < today:
        return badge(_("berakhir"), "quiet")
    return badge(_("berlaku"), "good")
