"""Filters of the lists: by a code's word, by cover, by whether a follow-up is open."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from enrollment.cover import CoverState
from supervision.admin.case_words import CASE_STATES
from supervision.admin.words import CHANNELS, ECOSYSTEMS, RESULTS, WORK_KINDS, Words
from sync.models import CaseState


class WordFilter(SimpleListFilter):
    """By one column of codes, in the reader's words; an unknown code chooses nothing."""

    words: ClassVar[Words]

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """Each code with its word."""
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with the chosen code."""
        code = self.value()
        if not code:
            return queryset
        is_known = code in self.words
        return queryset.filter(**{str(self.parameter_name): code}) if is_known else queryset.none()


class EcosystemFilter(WordFilter):
    """Members by ecosystem."""

    title = _("ekosistem")
    parameter_name = "ecosystem"
    words = ECOSYSTEMS


class ChannelFilter(WordFilter):
    """Payments by the way they came."""

    title = _("saluran")
    parameter_name = "channel"
    words = CHANNELS


class ResultFilter(WordFilter):
    """Operations by their stored result."""

    title = _("hasil")
    parameter_name = "result"
    words = RESULTS


class CaseStateFilter(SimpleListFilter):
    """Cases by what became of them; without a choice, those that wait."""

    title = _("keadaan")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """Every state that a person gave; the open ones need no choice."""
        return [(code, word) for code, word in CASE_STATES.items() if code != CaseState.OPEN]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The list begins with the open ones, and says so."""
        first, *others = super().choices(changelist)
        yield dict(first) | {"display": CASE_STATES[CaseState.OPEN]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Cases in one state; nobody is in an unknown one."""
        state = self.value() or CaseState.OPEN
        return queryset.filter(state=state) if state in CASE_STATES else queryset.none()


class CoverStateFilter(SimpleListFilter):
    """Members by the state that was annotated as `cover_state` (R14)."""

    title = _("perlindungan")
    parameter_name = "cover"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """All named states."""
        return CoverState.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those in the chosen state; nobody is in an unknown one."""
        state = self.value()
        if not state:
            return queryset
        is_known = state in CoverState.values
        return queryset.filter(cover_state=state) if is_known else queryset.none()


class WorkKindFilter(WordFilter):
    """Follow-ups by why the member needs a visit."""

    title = _("jenis")
    parameter_name = "kind"
    words = WORK_KINDS


class OpennessFilter(SimpleListFilter):
    """Follow-ups by what was annotated as `is_open` (R16); without a choice, those that wait."""

    title = _("keadaan")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Iterable[Any]:
        """The open ones need no choice."""
        return [("no", _("selesai")), ("any", _("semua"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The list begins with the open ones, and says so."""
        first, *others = super().choices(changelist)
        yield dict(first) | {"display": _("terbuka")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those that are open now, those that are not, or all."""
        if self.value() == "any":
            return queryset
        return queryset.filter(is_open=self.value() != "no")
