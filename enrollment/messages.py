"""What members are told of their registration (R39), and the privacy duty of requests (R36)."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Consent, Member, RequestKind, SubjectAlarm, unrestricted
from enrollment.services.registration import REGISTERED
from enrollment.services.subject_alarms import ALARM
from perisai.clock import official_zone
from perisai.models import Language
from perisai.registry import Message, message


@message(REGISTERED)
def registration_received(member_id: UUID) -> Message | None:
    """Cover begins with the first payment; nobody is told without a phone or after closing.

    Nor is anybody whose data are restricted (R36).
    """
    member = Member.objects.live().filter(unrestricted(), pk=member_id).first()
    if member is None or member.phone is None:
        return None
    language = language_of(member_id)
    with translation.override(language):
        text = _("Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar.")
    return Message(
        phone_e164=member.phone, language=language, template="member_registered", text=text
    )


@message(ALARM)
def subject_request_waits(alarm_id: UUID) -> Message | None:
    """To the privacy duty, in Indonesian; nobody is told without its phone, or once decided."""
    waiting = SubjectAlarm.objects.filter(pk=alarm_id, request__decision__isnull=True)
    alarm = waiting.select_related("request").first()
    if alarm is None or not settings.PRIVACY_DUTY_PHONE:
        return None
    due_at = timezone.localtime(alarm.request.due_at, official_zone())
    with translation.override(Language.INDONESIAN):
        said = {
            "kind": str(RequestKind(alarm.request.kind).label),
            "due": date_format(due_at, "j F Y H.i T"),
        }
        text = _("Permintaan data %(kind)s belum diputuskan. Batas waktu %(due)s.") % said
    return Message(
        phone_e164=settings.PRIVACY_DUTY_PHONE,
        language=Language.INDONESIAN,
        template="subject_request_waits",
        text=text,
        parameters=said,
    )


def language_of(member_id: UUID) -> str:
    """The language to tell a member something in: that of the newest consent, or Indonesian."""
    newest = Consent.objects.filter(member=member_id).order_by("-given_at").first()
    return newest.language if newest is not None else Language.INDONESIAN.value


def language_for(member_ids: Collection[UUID]) -> str:
    """The language to tell several people something in at once: theirs, or Indonesian."""
    newest = Consent.objects.filter(member__in=member_ids).order_by("member", "-given_at")
    languages = set(newest.distinct("member").values_list("language", flat=True))
    return languages.pop() if len(languages) == 1 else Language.INDONESIAN.value
