"""What is asked about partners and counters."""

from datetime import time
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy

from payments.models import PaymentPartner, PostAgent
from payments.models.partner import MOST_FEE
from perisai.models import Branch, User
from supervision.admin.reasons import ReasonForm
from supervision.services.scope import branches_visible_to

FEE: Final = 2_500
CUTOFF: Final = time(15)
LOGIN: Final = r"\A[\w.@+-]{1,60}\Z"


class TermsForm(ReasonForm):
    """A partner's name, fee and cut-off, as they are to be."""

    name = forms.CharField(label=gettext_lazy("Nama mitra"), max_length=100)
    admin_fee = forms.IntegerField(
        label=gettext_lazy("Biaya loket, rupiah"), min_value=0, max_value=MOST_FEE, initial=FEE
    )
    cutoff_time = forms.TimeField(
        label=gettext_lazy("Batas hari pembukuan (WIB)"),
        initial=CUTOFF,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    field_order = ("code", "name", "admin_fee", "cutoff_time", "reason")


class PartnerForm(TermsForm):
    """A new partner."""

    code = forms.RegexField(
        r"\A[a-z0-9][a-z0-9-]{1,19}\Z",
        label=gettext_lazy("Kode mitra"),
        help_text=gettext_lazy("Huruf kecil, angka, dan tanda hubung; tidak dapat diubah lagi."),
        max_length=20,
    )


class CounterNameForm(ReasonForm):
    """What a counter is called and who looks after it."""

    name = forms.CharField(label=gettext_lazy("Nama loket"), max_length=100)
    branch: "forms.ModelChoiceField[Branch]" = forms.ModelChoiceField(
        label=gettext_lazy("Kantor cabang"),
        help_text=gettext_lazy("Kosong: hanya kantor pusat yang mengurusnya."),
        queryset=None,
        required=False,
    )
    field_order = ("code", "name", "username", "branch", "reason")


class CounterForm(CounterNameForm):
    """A new counter and its login."""

    code = forms.RegexField(
        r"\A[A-Za-z0-9][A-Za-z0-9-]{0,19}\Z", label=gettext_lazy("Kode loket"), max_length=20
    )
    username = forms.RegexField(LOGIN, label=gettext_lazy("Nama pengguna terminal"), max_length=60)


class OwnLoginForm(ReasonForm):
    """A partner's own login, for its office."""

    name = forms.CharField(
        label=gettext_lazy("Nama akun"),
        help_text=gettext_lazy("Bagian atau orang di kantor mitra yang memakainya."),
        max_length=100,
    )
    username = forms.RegexField(LOGIN, label=gettext_lazy("Nama pengguna"), max_length=60)
    field_order = ("name", "username", "reason")


def terms_of(partner: PaymentPartner) -> dict[str, object]:
    """The form's first values: what holds now."""
    return {
        "name": partner.name,
        "admin_fee": partner.admin_fee,
        "cutoff_time": partner.cutoff_time,
    }


def name_of(outlet: PostAgent) -> dict[str, object]:
    """The form's first values: what holds now."""
    return {"name": outlet.name, "branch": outlet.branch_id}


def with_branches(form: forms.Form, user: User) -> forms.Form:
    """The form with the branches that the user sees."""
    branch = form.fields["branch"]
    if isinstance(branch, forms.ModelChoiceField):
        branch.queryset = branches_visible_to(user).order_by("name")
    return form
