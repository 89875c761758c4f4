"""Pages that ask for a code of the second factor."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from perisai.errors import FactorCodeWrong, RateLimited
from perisai.services.factors import check_code
from supervision.admin.scoped import office_user
from supervision.admin.stepping import note_second_factor


class CodeForm(forms.Form):
    """One code of the authenticator app."""

    code = forms.CharField(
        label=_("Kode dari aplikasi autentikator"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        """Without the blanks that apps show in the middle."""
        return "".join(str(self.cleaned_data["code"]).split())


def step_up_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask for a code, and return to where one came from."""
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        try:
            check_code(request, office_user(request), code, now=timezone.now())
        except (FactorCodeWrong, RateLimited) as refusal:
            form.add_error("code", str(refusal.title))
            status = 429 if isinstance(refusal, RateLimited) else 200
        else:
            note_second_factor(request)
            return HttpResponseRedirect(safe_next(request))
    shown = context | {"title": _("Kode sekali pakai"), "form": form, "next": safe_next(request)}
    return TemplateResponse(request, "supervision/step_up.html", shown, status=status)


def safe_next(request: HttpRequest) -> str:
    """Where to go on: a page of this host, else the dashboard."""
    wish = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wish, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wish if is_ours else reverse("admin:index")
