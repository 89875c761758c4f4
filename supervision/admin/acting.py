"""What may be done on a page: a form, one service, one way of asking and of answering.

An act says who may do it and what it asks for; the rule is the service's. It is offered where it
applies, needs a fresh second factor where it says so, and answers with a message on the record's
page, or with a page that is shown once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

import structlog
from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.deadlines import is_lock_timeout
from perisai.errors import DomainError
from perisai.history import deed
from perisai.models import Role, User
from supervision.admin.field_words import FAULTS
from supervision.admin.stepping import has_stepped_up, step_up_url
from supervision.admin.words import say

if TYPE_CHECKING:
    from supervision.admin.scoped import Fact, Section

M = TypeVar("M", bound=Model)
HELD: Final = gettext_lazy("Sedang dikerjakan orang lain. Tunggu sebentar, lalu kirim lagi.")
"""Said when somebody else holds what the act needs for longer than we wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, with what, in which request; `data` is the form's cleaned data."""

    user: User
    data: Mapping[str, Any]
    request_id: str
    session_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It was done: what to say, and where to go on; empty: the page that the act began on.

    The message waits in the session: it holds nothing personal.
    """

    message: Promise | str
    next_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Shown:
    """It was done, and this is shown once: never stored, never shown again."""

    title: Promise | str
    facts: "Sequence[Fact]"
    sections: "Sequence[Section]" = ()
    note: Promise | str = ""


class Act(Generic[M]):
    """One thing that some roles may do with a record, or with none (`is_for_list`)."""

    name: ClassVar[str]
    title: ClassVar[Promise | str]
    doers: ClassVar[frozenset[Role]]
    needs_step_up: ClassVar[bool] = False
    is_grave: ClassVar[bool] = False  # what ends or refuses something looks like it
    is_for_list: ClassVar[bool] = False
    explanation: ClassVar[Promise | str] = ""
    form: ClassVar[type[forms.Form]] = forms.Form

    def is_offered(self, record: M | None, user: User) -> bool:
        """Whether it applies to the record as it is now; who may do it is `doers`' matter."""
        return True

    def make_form(self, record: M | None, user: User, *sent: Any) -> forms.Form:
        """The form, filled with what was sent (data, files): a place for choices of the record."""
        return self.form(*sent)

    def carry_out(self, record: M, asked: Asked) -> "Done | Shown | HttpResponse":
        """Call one service. A refusal that it raises is shown on the form."""
        raise NotImplementedError  # each subclass says it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A link to an act."""

    title: Promise | str
    url: str
    is_grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an act happens: its address, the page it began on, and the frame of its page."""

    url: str
    back_url: str
    back_title: Promise | str
    context: Mapping[str, Any]


def act_page(
    act: Act[Any], record: Any, *, request: HttpRequest, user: User, place: Place
) -> HttpResponse:
    """Ask on GET, do on POST; first of all the second factor where the act needs it fresh."""
    if act.needs_step_up and not has_stepped_up(request):
        return HttpResponseRedirect(step_up_url(next_url=place.url))
    if not act.is_offered(record, user):
        messages.warning(request, _("Tindakan ini tidak berlaku lagi."))
        return HttpResponseRedirect(place.back_url)
    if request.method != "POST":
        return _ask(act, act.make_form(record, user), request=request, place=place)
    form = act.make_form(record, user, request.POST, request.FILES)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        answer = _do(act, record, form, request=request, user=user)
    except OperationalError as fault:
        if not is_lock_timeout(fault):
            raise
        form.add_error(None, HELD)
        status, answer = HTTPStatus.CONFLICT, None
    if answer is None:
        return _ask(act, form, request=request, place=place, status=status)
    return _tell_answer(answer, request=request, place=place)


def _tell_answer(
    answer: "Done | Shown | HttpResponse", *, request: HttpRequest, place: Place
) -> HttpResponse:
    if isinstance(answer, Shown):
        return _show_once(answer, request=request, place=place)
    if isinstance(answer, Done):
        messages.success(request, str(answer.message))
        return HttpResponseRedirect(answer.next_url or place.back_url)
    return answer


def _do(
    act: Act[Any], record: Any, form: forms.Form, *, request: HttpRequest, user: User
) -> "Done | Shown | HttpResponse | None":
    """The answer of the act; None if the form or a rule said no, which the form then tells."""
    if not form.is_valid():
        return None
    asked = Asked(
        user=user,
        data=form.cleaned_data,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        session_key=request.session.session_key or "",
    )
    try:
        with deed(act.name, reason=_reason_code(form)):
            return act.carry_out(record, asked)
    except DomainError as refusal:
        _tell(form, refusal)
        return None


def _reason_code(form: forms.Form) -> str:
    """The chosen reason, for the history; a typed one stands in the act's own record, sealed."""
    if isinstance(form.fields.get("reason"), forms.ChoiceField):
        return str(form.cleaned_data["reason"])
    return ""


def _tell(form: forms.Form, refusal: DomainError) -> None:
    """A refusal in the reader's language, at the fields that it names, else above the form."""
    told = False
    for fault in refusal.errors:
        name = fault.pointer.rsplit("/", 1)[-1]
        if name in form.fields:
            form.add_error(name, fault.detail or say(FAULTS, fault.code))
            told = True
    if not told:
        detail = refusal.detail if refusal.detail != refusal.code else ""
        text = f"{refusal.title}. {detail}" if detail else str(refusal.title)
        form.add_error(None, text)


def _ask(
    act: Act[Any],
    form: forms.Form,
    *,
    request: HttpRequest,
    place: Place,
    status: HTTPStatus = HTTPStatus.OK,
) -> TemplateResponse:
    context = dict(place.context) | {"title": act.title, "act": act, "form": form, "place": place}
    response = TemplateResponse(request, "supervision/act.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _show_once(shown: Shown, *, request: HttpRequest, place: Place) -> TemplateResponse:
    context = dict(place.context) | {"title": shown.title, "shown": shown, "place": place}
    response = TemplateResponse(request, "supervision/shown.html", context)
    add_never_cache_headers(response)
    return response
