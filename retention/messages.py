"""Words about months that are unpaid or cost more (R33, R35, R39), to payers, to idle agents.

Never a NIK, never a whole name.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from enrollment.messages import language_for
from payments.messages import standing_words
from payments.rupiah import format_rupiah
from payments.services.payer_contacts import contact_of
from perisai import clock
from perisai.clock import official_date, official_zone
from perisai.messages import to_agent
from perisai.models import Language
from perisai.registry import Message, NotYet, Urgency, message
from retention.models import (
    IDLE_WARNING,
    REMINDER,
    SPONSOR_ENDING,
    IdleWarning,
    SponsorAlert,
)
from retention.price_steps import PriceStep
from retention.reminding import short_names
from retention.services.idle_agents import contributions_count, idle_standing
from retention.services.payer_reminders import PAYER_DUE, hears_today, payer_standing
from retention.services.reminded import Household, household_of, quiet_hours
from retention.services.sponsor_cliffs import sponsor_cliffs

MOST_NAMED: Final = 5
IDLE_WORDS: Final = gettext_noop(
    "Perisai: %(months)s bulan penuh belum ada %(result)s. Satu saja bulan ini sudah cukup."
    " Bila belum ada, kantor cabang akan membicarakannya dengan Anda mulai %(day)s."
)


@message(REMINDER, urgency=Urgency.IN_TURN)
def reminder(reminder_id: UUID) -> Message | None:
    """Where those stand who still owe, and from when months cost more: one message for a phone.

    None if nobody is left to tell. Raises NotYet in the quiet hours of their zone, NotDelivered
    once its day is over.
    """
    household = household_of(reminder_id, now=clock.now())
    if household is None:
        return None
    language = language_for([member.pk for member in household.members])
    with override(language):
        template, parameters = _said(household)
    return Message(
        phone_e164=household.members[0].phone or "",
        language=language,
        template=template,
        text=": ".join(parameters.values()),
        parameters=parameters,
    )


@message(IDLE_WARNING, urgency=Urgency.IN_TURN)
def idle_warning(warning_id: UUID) -> Message | None:
    """To an agent, in her language: how many months were without result, and what comes next.

    None once it is not so any more. Raises NotYet in the quiet hours of her zone.
    """
    rows = IdleWarning.objects.select_related("agent__user").filter(pk=warning_id)
    warning, now = rows.first(), clock.now()
    if warning is None:
        return None
    standing = idle_standing(warning.agent_id, as_of=official_date(now))
    if standing.review_on is None:
        return None
    opens_at = quiet_hours().opens_at(now, ZoneInfo(warning.agent.timezone()))
    if opens_at > now:
        raise NotYet(opens_at - now)
    with override(warning.agent.user.language):
        said = {
            "months": str(standing.months),
            "result": _("peserta baru atau iuran") if contributions_count() else _("peserta baru"),
            "day": date_format(standing.review_on, "j F Y"),
        }
    return to_agent(warning.agent, "agent_idle_warning", IDLE_WORDS, **said)


@message(SPONSOR_ENDING, urgency=Urgency.IN_TURN)
def sponsor_ending(subject_id: UUID) -> Message | None:
    """To the payer's contact: for how many members it pays, and until when.

    None without a contact, and once the term goes on. Raises NotYet in the quiet hours of the
    official zone, since a payer has none of its own.
    """
    now = clock.now()
    standing = SponsorAlert.objects.open(as_of=official_date(now)).filter(pk=subject_id.int)
    alert = standing.select_related("payer").first()
    contact = contact_of(alert.payer) if alert else None
    if alert is None or contact is None:
        return None
    _must_be_awake(now)
    term = (alert.payer_id, alert.last_month)
    cliff = sponsor_cliffs([term])[term]
    with override(Language.INDONESIAN):
        said = {
            "payer": alert.payer.name,
            "count": str(cliff.members),
            "day": date_format(cliff.last_covered_on, "j F Y"),
        }
        text = _(
            "Masa iuran %(count)s peserta yang dibayar %(payer)s berakhir %(day)s."
            " Perpanjang sebelum hari itu supaya perlindungan mereka tidak terputus."
        )
    return Message(
        phone_e164=contact.phone,
        language=Language.INDONESIAN,
        template="sponsor_ending",
        text=text % said,
        parameters=said,
    )


@message(PAYER_DUE, urgency=Urgency.IN_TURN)
def payer_due(subject_id: UUID) -> Message | None:
    """To the payer's contact: for how many of its members the running month is unpaid.

    None without a contact, and once all are paid for. Raises NotYet at night and while that phone
    has a member's reminder of the day, NotDelivered once the due date is over.
    """
    now = clock.now()
    today = official_date(now)
    standing = payer_standing(subject_id, as_of=today)
    if standing is None:
        return None
    _must_be_awake(now)
    if hears_today(standing.contact.phone, today=today):
        raise NotYet(timedelta(days=1))
    with override(Language.INDONESIAN):
        said = {
            "month": date_format(standing.due_on, "F Y"),
            "count": str(standing.members),
            "payer": standing.payer.name,
            "day": date_format(standing.due_on, "j F Y"),
        }
        text = _(
            "Iuran %(month)s untuk %(count)s peserta yang dibayar %(payer)s belum dibayar."
            " Bayar paling lambat %(day)s."
        )
    return Message(
        phone_e164=standing.contact.phone,
        language=Language.INDONESIAN,
        template="payer_due",
        text=text % said,
        parameters=said,
    )


def _must_be_awake(now: datetime) -> None:
    """Raises NotYet in the quiet hours of the official zone, since a payer has none of its own."""
    opens_at = quiet_hours().opens_at(now, official_zone())
    if opens_at > now:
        raise NotYet(opens_at - now)


def _said(household: Household) -> tuple[str, dict[str, str]]:
    """The gateway's template and what it is filled with; joined by colons, the text."""
    names_by_words = _names_by_words(household)
    if not household.is_shared:
        return "reminder", {"words": " ".join(names_by_words)}
    said = {
        words[:1].lower() + words[1:]: _listed(called) for words, called in names_by_words.items()
    }
    if len(said) == 1:
        ((words, listed),) = said.items()
        return "reminder_household", {"names": listed, "words": words}
    return "reminder", {"words": " ".join(f"{who}: {words}" for words, who in said.items())}


def _names_by_words(household: Household) -> dict[str, list[str]]:
    """Who is told what: where they stand first, then what rises."""
    members = household.members
    names = short_names([member.full_name for member in members])
    called = {member.pk: name for member, name in zip(members, names, strict=True)}
    said = [
        *((member.pk, standing_words(member, household.day)) for member in household.owing),
        *((member.pk, _rise(step)) for member, step in household.dearer),
    ]
    found: dict[str, list[str]] = {}
    for member_id, words in said:
        found.setdefault(words, []).append(called[member_id])
    return found


def _rise(step: PriceStep) -> str:
    return _("Mulai %(month)s iuran %(becomes)s, sebelumnya %(was)s.") % {
        "month": date_format(step.month, "F Y"),
        "becomes": format_rupiah(step.becomes),
        "was": format_rupiah(step.was),
    }


def _listed(names: list[str]) -> str:
    """The first five, and how many more: a village cadre's phone has many."""
    listed = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    if more <= 0:
        return listed
    return _("%(names)s dan %(count)d lainnya") % {"names": listed, "count": more}
