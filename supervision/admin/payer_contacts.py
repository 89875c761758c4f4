"""Whom the office reaches at a payer."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from payments.models import Payer
from payments.services.payer_contacts import ContactDraft, contact_of, set_contact
from perisai.models import User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.payer_acts import DECIDERS
from supervision.admin.scoped import Fact
from supervision.admin.showing import NOTHING, masked, name_for


class ContactForm(forms.Form):
    """Both, or neither."""

    name = forms.CharField(label=gettext_lazy("Nama narahubung"), max_length=100, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Nomor ponsel narahubung"), max_length=20, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Half a contact is none."""
        said = dict(super().clean() or {})
        if bool(said.get("name")) is not bool(said.get("phone")):
            raise forms.ValidationError(_("Isi nama dan nomor, atau kosongkan keduanya."))
        return said


class SetContact(Act[Payer]):
    """A person's name and number, kept encrypted; the page never shows the number whole."""

    name = "contact"
    title = gettext_lazy("Narahubung")
    doers = DECIDERS
    explanation = gettext_lazy("Keduanya kosong: narahubung dihapus.")
    form = ContactForm

    def carry_out(self, record: Payer, asked: Asked) -> Done:
        """Name it, or none any more."""
        said = asked.data
        draft = ContactDraft(name=said["name"], phone=said["phone"]) if said["name"] else None
        set_contact(record.pk, draft, by=asked.user)
        return Done(message=_("Narahubung diubah."))


def contact_facts(payer: Payer, user: User) -> list[Fact]:
    """Who answers there: the name as the user may read names, the number masked (R37)."""
    contact = contact_of(payer)
    name = name_for(user, contact.name) if contact else NOTHING
    phone = masked("phone", contact.phone) if contact else NOTHING
    return [
        Fact(label=_("narahubung"), value=name),
        Fact(label=_("nomor narahubung"), value=phone),
    ]
