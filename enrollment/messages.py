"""What members are told of their registration (R39)."""

from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from enrollment.models import Consent, Member
from enrollment.services.registration import REGISTERED
from perisai.models import Language
from perisai.registry import Message, message


@message(REGISTERED)
def registration_received(member_id: UUID) -> Message | None:
    """Cover begins with the first payment; nobody is told without a phone or after closing."""
    member = Member.objects.live().filter(pk=member_id).first()
    if member is None or member.phone is None:
        return None
    language = language_of(member_id)
    with translation.override(language):
        text = _("Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar.")
    return Message(
        phone_e164=member.phone, language=language, template="member_registered", text=text
    )


def language_of(member_id: UUID) -> str:
    """The language to tell a member something in: that of the newest consent, or Indonesian."""
    newest = Consent.objects.filter(member=member_id).order_by("-given_at").first()
    return newest.language if newest is not None else Language.INDONESIAN.value
