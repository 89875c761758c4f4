"""Find a member by what stands on a card or a receipt; by POST, so that no address holds it."""

from typing import Any, ClassVar, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.cover import cover_state
from enrollment.models import Member
from enrollment.services.cover_days import cover_day
from enrollment.services.member_search import Wanted, search_for_office
from perisai import clock
from perisai.api.counting import calls
from perisai.api.throttles import parsed_rate
from perisai.errors import FieldError, Invalid, RateLimited
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Shown
from supervision.admin.scoped import Section
from supervision.admin.showing import NOTHING, cover_badge, link, masked, name_for

BY: Final = {
    "nik": gettext_lazy("NIK"),
    "kpj": gettext_lazy("KPJ"),
    "phone": gettext_lazy("nomor ponsel"),
    "name": gettext_lazy("nama (kata utuh)"),
}


class SearchForm(forms.Form):
    """One kind of key, one value."""

    by = forms.ChoiceField(label=gettext_lazy("Cari menurut"))
    value = forms.CharField(label=gettext_lazy("Isi"), max_length=100)


class FindMember(Act[Member]):
    """Exact by NIK, KPJ or phone; by whole words of the name in the supervisor's branch."""

    name = "find"
    title: ClassVar[Promise] = gettext_lazy("Cari peserta")
    doers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    is_for_list = True

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """Names are searched in a branch, so who has none is not offered them."""
        form = SearchForm(*sent)
        by = [(key, word) for key, word in BY.items() if key != "name" or user.branch_id]
        form.fields["by"] = forms.ChoiceField(label=gettext_lazy("Cari menurut"), choices=by)
        return form

    def carry_out(self, record: Member, asked: Asked) -> Shown:
        """What was found, masked. Raises RateLimited, and Invalid for what is no such key."""
        _must_not_hurry(asked.user)
        wanted = Wanted(**{asked.data["by"]: asked.data["value"].strip()})
        try:
            found = search_for_office(wanted, user=asked.user, on=clock.today())
        except Invalid as fault:
            told = FieldError(pointer="/value", code=fault.code, detail=str(fault.title))
            raise Invalid(errors=(told,)) from fault
        return Shown(title=_("Hasil pencarian"), facts=[], sections=[_rows(found, asked.user)])


def _must_not_hurry(user: User) -> None:
    """Raises RateLimited: who walks through numbers finds neighbours."""
    most, seconds = parsed_rate("search")
    if calls(f"throttle:office-search:{user.pk}", seconds) > most:
        raise RateLimited(retry_after=seconds)


def _rows(found: tuple[Member, ...], user: User) -> Section:
    today = cover_day(clock.today())
    rows = [
        (
            link(member, name_for(user, member.full_name)),
            masked("nik", member.nik),
            masked("kpj", member.kpj),
            member.village.name if member.village else NOTHING,
            member.agent.number if member.agent else NOTHING,
            cover_badge(cover_state(member.paid_through, closed_on=member.closed_on, day=today)),
        )
        for member in found
    ]
    return Section(
        title=_("Peserta"),
        columns=[
            *(_("nama"), _("NIK"), _("KPJ")),
            *(_("desa/kelurahan"), _("agen"), _("perlindungan")),
        ],
        rows=rows,
    )
