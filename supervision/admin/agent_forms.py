"""What is asked for when somebody decides something about an agent, a phone, an office."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from perisai import clock
from perisai.models import Agent, Office, RevokedReason, WipeOrder
from supervision.admin.reasons import ReasonForm

REASONS: list[tuple[str, Promise]] = [
    (RevokedReason.LOST, _("hilang")),
    (RevokedReason.STOLEN, _("dicuri")),
    (RevokedReason.REPLACED, _("diganti")),
    (RevokedReason.LEFT, _("agen berhenti")),
]
WIPES: list[tuple[str, Promise]] = [
    (WipeOrder.DRAIN_THEN_WIPE, _("kirim dulu, lalu hapus")),
    (WipeOrder.WIPE, _("hapus sekarang")),
]


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class InstantInput(forms.DateTimeInput):
    """The browser's own calendar with a time of day, in official time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class EndForm(ReasonForm):
    """Why, and what her phones are told."""

    wipe = forms.ChoiceField(label=_("Perintah untuk ponselnya"), choices=WIPES)


class VillagesField(forms.CharField):
    """Codes of villages, one a line or apart by blanks or commas."""

    def __init__(self, **options: Any) -> None:
        help_text = _("Kode desa/kelurahan, sepuluh angka, satu per baris")
        super().__init__(help_text=help_text, widget=forms.Textarea(attrs={"rows": 5}), **options)

    def clean(self, value: Any) -> list[str]:
        """The codes, in order."""
        text = super().clean(value).replace(",", " ")
        return sorted(set(text.split()))


class VillagesForm(ReasonForm):
    """All villages from now on."""

    villages = VillagesField(label=_("Wilayah binaan"))

    def __init__(self, agent: Agent, *sent: Any) -> None:
        super().__init__(*sent)
        self.initial["villages"] = "\n".join(agent.village_codes())


class OfficeForm(ReasonForm):
    """Another office of the branch."""

    def __init__(self, agent: Agent, *sent: Any) -> None:
        super().__init__(*sent)
        choices = agent.office.branch.offices.exclude(pk=agent.office_id)
        self.fields["office"] = forms.ModelChoiceField(label=_("Kantor"), queryset=choices)
        self.order_fields(self.field_order)


class AppointForm(forms.Form):
    """A new agent."""

    number = forms.RegexField(
        r"^[A-Za-z]{3}-\d{4}-\d{4}$",
        label=_("Nomor agen"),
        help_text=_("misalnya PRS-1671-0001"),
    )
    name = forms.CharField(label=_("Nama"), max_length=100)
    phone = forms.CharField(label=_("Telepon untuk masuk"), max_length=20)
    appointed_on = forms.DateField(label=_("Mulai"), widget=DayInput, initial=clock.today)
    villages = VillagesField(label=_("Wilayah binaan"))

    def __init__(self, offices: Any, *sent: Any) -> None:
        super().__init__(*sent)
        self.fields["office"] = forms.ModelChoiceField(label=_("Kantor"), queryset=offices)
        self.order_fields(("number", "name", "phone", "office"))


class MembershipForm(ReasonForm):
    """Which member the agent is."""

    kpj = forms.RegexField(r"^\d{11}$", label=_("KPJ agen sendiri"))


class LostPhoneForm(ReasonForm):
    """What happened to a phone, when, and what it is told."""

    kind = forms.ChoiceField(label=_("Kejadian"), choices=REASONS)
    wipe = forms.ChoiceField(label=_("Perintah"), choices=WIPES)
    lost_at = forms.DateTimeField(label=_("Sejak kapan"), widget=InstantInput, required=False)


class ContractForm(forms.Form):
    """A new contract."""

    number = forms.CharField(label=_("Nomor kontrak"), max_length=40)
    valid_from = forms.DateField(label=_("Berlaku mulai"), widget=DayInput)
    valid_to = forms.DateField(label=_("Berlaku sampai"), widget=DayInput, required=False)


class EndContractForm(forms.Form):
    """The last day of a contract."""

    on = forms.DateField(label=_("Hari terakhir"), widget=DayInput)

    def __init__(self, office: Office, *sent: Any) -> None:
        super().__init__(*sent)
        contracts = office.contracts.order_by("-valid_from")
        self.fields["contract"] = forms.ModelChoiceField(label=_("Kontrak"), queryset=contracts)
        self.order_fields(("contract", "on"))
