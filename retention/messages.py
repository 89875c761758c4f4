"""Words to a phone about months that are not paid (R33, R39): never a NIK, never a whole name."""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from enrollment.messages import language_for
from payments.messages import standing_words
from perisai import clock
from perisai.registry import Message, message
from retention.models import REMINDER
from retention.reminding import short_names
from retention.services.reminded import Household, household_of

MOST_NAMED: Final = 5


@message(REMINDER)
def reminder(reminder_id: UUID) -> Message | None:
    """Where those stand who still owe, one message for all who are reached there.

    None if nobody is left to tell. Raises NotYet in the quiet hours of their zone.
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


def _said(household: Household) -> tuple[str, dict[str, str]]:
    """The gateway's template and what it is filled with; joined by colons, the text."""
    names_by_words: dict[str, list[str]] = {}
    names = short_names([member.full_name for member in household.members])
    for member, name in zip(household.members, names, strict=True):
        names_by_words.setdefault(standing_words(member, household.day), []).append(name)
    if not household.is_shared:
        return "reminder", {"words": next(iter(names_by_words))}
    said = {
        words[:1].lower() + words[1:]: _listed(called) for words, called in names_by_words.items()
    }
    if len(said) == 1:
        ((words, listed),) = said.items()
        return "reminder_household", {"names": listed, "words": words}
    return "reminder", {"words": " ".join(f"{who}: {words}" for words, who in said.items())}


def _listed(names: list[str]) -> str:
    """The first five, and how many more: a village cadre's phone has many."""
    listed = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    if more <= 0:
        return listed
    return _("%(names)s dan %(count)d lainnya") % {"names": listed, "count": more}
