"""Logging in by password and code, the first use of an authenticator app, and one more code later.

The password opens nothing by itself: it leads to the second step, or, where no app is in use yet,
to the page that an app is filled from. Each step goes on under a new session id.
"""

from collections.abc import Callable
from typing import Any, Final

import segno
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from perisai import totp
from perisai.deadlines import Deadline, within
from perisai.errors import DomainError, FactorCodeWrong, RateLimited
from perisai.models import User
from perisai.services.factors import (
    begin_factor,
    check_code,
    confirm_factor,
    has_factor,
    spend_recovery_code,
)
from perisai.services.logins import note_password
from supervision.admin.pending import begin_login, pending_next, pending_user
from supervision.admin.scoped import office_user
from supervision.admin.sessions import may_enter, open_session
from supervision.admin.stepping import note_second_factor

LANGUAGE_SECONDS: Final = 365 * 24 * 3600
Context = dict[str, Any]


class OfficeLoginForm(AdminAuthenticationForm):
    """One answer for a wrong password and for somebody who does not belong here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Nama pengguna")
        self.fields["password"].label = _("Kata sandi")

    def confirm_login_allowed(self, user: Any) -> None:
        """Raises ValidationError."""
        super().confirm_login_allowed(user)
        if not may_enter(user):
            raise self.get_invalid_login_error()


class CodeForm(forms.Form):
    """One code of the authenticator app, or one from paper where those are taken."""

    code = forms.CharField(
        label=_("Kode dari aplikasi autentikator"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """Without the blanks that apps show in the middle."""
        return "".join(str(self.cleaned_data["code"]).split())


class PasswordStep(LoginView):
    """The first step: a right password is remembered, and nobody is logged in yet."""

    authentication_form = OfficeLoginForm
    template_name = "admin/login.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Within a page's time; a wrong password is an answer, so that its count is kept."""
        with within(Deadline.PAGE):
            return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the second step."""
        user = form.get_user()
        note_password(self.request, user.username, user=user)
        begin_login(self.request, user, next_url=self.get_redirect_url())
        return HttpResponseRedirect(_step_of(user))

    def form_invalid(self, form: Any) -> HttpResponse:
        """Wrong, or locked, which axes' middleware answers."""
        note_password(self.request, str(form.data.get("username", "")))
        return super().form_invalid(form)


def second_step_page(request: HttpRequest, context: Context) -> HttpResponse:
    """The second step: a code of the app, or one from paper."""
    user = pending_user(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if not has_factor(user):
        return HttpResponseRedirect(reverse("admin:enrol_factor"))

    def enter(code: str) -> HttpResponse:
        is_of_app = len(code) == totp.DIGITS and code.isdecimal()
        _check(request, user, code) if is_of_app else _spend(request, user, code)
        goes_on = _entered(request, user)
        if is_of_app:
            note_second_factor(request)
        return HttpResponseRedirect(goes_on)

    shown = context | {"title": _("Langkah kedua")}
    return _with_language(_asked(request, shown, enter, template="second_step"), request, user)


def enrol_page(request: HttpRequest, context: Context) -> HttpResponse:
    """The first use of an app: its secret to scan or type, a first code, then codes for paper."""
    user = pending_user(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if has_factor(user):
        return HttpResponseRedirect(reverse("admin:second_step"))
    told = begin_factor(user)

    def enter(code: str) -> HttpResponse:
        codes = confirm_factor(request, user, code, now=timezone.now())
        goes_on = _entered(request, user)
        note_second_factor(request)
        paper = context | {"title": _("Kode pemulihan"), "codes": codes, "next": goes_on}
        return TemplateResponse(request, "supervision/recovery_codes.html", paper)

    letters = told.secret
    shown = context | {
        "title": _("Pasang aplikasi autentikator"),
        "qr": segno.make(told.address, micro=False).png_data_uri(scale=5, border=4),
        "secret": " ".join(letters[start : start + 4] for start in range(0, len(letters), 4)),
    }
    return _with_language(_asked(request, shown, enter, template="enrol"), request, user)


def step_up_page(request: HttpRequest, context: Context) -> HttpResponse:
    """Ask who is logged in for a fresh code, and return to where he came from."""

    def enter(code: str) -> HttpResponse:
        _check(request, office_user(request), code)
        note_second_factor(request)
        return HttpResponseRedirect(safe_next(request))

    shown = context | {"title": _("Kode sekali pakai"), "next": safe_next(request)}
    return _asked(request, shown, enter, template="step_up")


def safe_next(request: HttpRequest, wish: str = "") -> str:
    """Where to go on: a page of this host, else the dashboard."""
    wish = wish or request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wish, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wish if is_ours else reverse("admin:index")


def _asked(
    request: HttpRequest,
    context: Context,
    enter: Callable[[str], HttpResponse],
    *,
    template: str,
) -> HttpResponse:
    """Ask for a code; do with a sent one what the page is for, or say why not."""
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return enter(form.cleaned_data["code"])
        except (FactorCodeWrong, RateLimited) as refusal:
            form.add_error("code", str(refusal.title))
            status = _status_of(refusal)
    shown = context | {"form": form}
    return TemplateResponse(request, f"supervision/{template}.html", shown, status=status)


def _status_of(refusal: DomainError) -> int:
    return 429 if isinstance(refusal, RateLimited) else 200


def _check(request: HttpRequest, user: User, code: str) -> None:
    check_code(request, user, code, now=timezone.now())


def _spend(request: HttpRequest, user: User, code: str) -> None:
    spend_recovery_code(request, user, code, now=timezone.now())


def _step_of(user: User) -> str:
    return reverse("admin:second_step" if has_factor(user) else "admin:enrol_factor")


def _entered(request: HttpRequest, user: User) -> str:
    """Open the session; returns where the login leads."""
    goes_on = safe_next(request, pending_next(request))
    request.session.flush()
    open_session(request, user)
    return goes_on


def _with_language(response: HttpResponse, request: HttpRequest, user: User) -> HttpResponse:
    """Who entered and chose no language on this browser gets the one of the account."""
    if request.user == user and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=LANGUAGE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
    return response
