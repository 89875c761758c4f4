"""How values look on the offices' pages: masked, in the reader's language, linked."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from enrollment.cover import CoverState
from perisai.models import Role, User
from perisai.privacy import MaskKind, mask

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NOTHING: Final = "–"  # noqa: RUF001  a dash between nothing and nothing


def masked(kind: MaskKind, value: str | None) -> str:
    """A personal datum as a page may show it before a reveal."""
    return mask(kind, value) if value else NOTHING


def name_for(user: User, name: str) -> str:
    """A person's name: whole for the branch's supervisor, initials for everybody else (R37)."""
    return name if user.role == Role.SUPERVISOR else mask("name", name)


def month(day: date | None) -> str:
    """A month as `September 2026`."""
    return formats.date_format(day, "YEAR_MONTH_FORMAT") if day else NOTHING


def day(value: date | None) -> str:
    """A day as `20 November 2026`."""
    return formats.date_format(value, "DATE_FORMAT") if value else NOTHING


def instant(value: datetime | None) -> str:
    """An instant in official time."""
    if value is None:
        return NOTHING
    return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def link(record: Model, text: str) -> SafeString:
    """A link to a record's page."""
    route = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(route, args=[record.pk]), text)


def badge(text: Promise | str, tone: str) -> SafeString:
    """A word on a coloured ground: `good`, `warn`, `bad` or `quiet`; the word alone says all."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, text)


TONES: Final = {
    CoverState.ACTIVE: "good",
    CoverState.OVERDUE: "warn",
    CoverState.GRACE_1: "warn",
    CoverState.GRACE_2: "warn",
    CoverState.GRACE_3: "warn",
    CoverState.LAPSED: "bad",
}


def cover_badge(state: str) -> SafeString:
    """A cover state."""
    known = CoverState(state)
    return badge(known.label, TONES.get(known, "quiet"))


def yes_or_no(answer: object) -> str:
    """A truth as a word."""
    return _("ya") if answer else _("tidak")


def column(field: str, words: "_StrPromise") -> Callable[[Any], str]:
    """A column of a list that shows a field as it is, under words of the reader's language."""

    @admin.display(description=words)
    def shown(record: Any) -> str:
        value = getattr(record, field)
        return NOTHING if value is None else str(value)

    return shown
