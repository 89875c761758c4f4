"""The site: who may enter, what stands in its menu, and how long a page may take."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.auth import logout
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from perisai.deadlines import Deadline, within
from supervision.admin.dashboard import dashboard_context
from supervision.admin.entering import (
    OfficeLoginForm,
    PasswordStep,
    enrol_page,
    second_step_page,
    step_up_page,
)
from supervision.admin.machinery import TITLE, machinery_page, may_read
from supervision.admin.recovery import TITLE as RECOVERY_TITLE
from supervision.admin.recovery import may_read_recovery, recovery_page
from supervision.admin.scoped import ScopedAdmin, must_be_read
from supervision.admin.sessions import is_open, may_enter, note_visit
from supervision.admin.waiting import says_when_it_waits

if TYPE_CHECKING:
    from django.contrib.admin.sites import _ViewType

ROUTES = frozenset({"index", "login", "logout", "password_change", "password_change_done"})
SAFE = frozenset({"GET", "HEAD"})
STEP = (never_cache, csrf_protect, sensitive_post_parameters())


class OfficeSite(admin.AdminSite):
    """Django's admin without what a read-only office does not need."""

    site_header = "Perisai"
    site_title = "Perisai"
    index_title = _("Beranda")
    site_url = None
    login_form = OfficeLoginForm
    index_template = "supervision/index.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user may enter at all; each page asks for its own role."""
        return may_enter(request.user) and is_open(request)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Our pages, login and password: no redirect by content type, no autocomplete, no app
        index; whatever else is asked for is unknown, and a login for who has none."""
        kept = [
            route
            for route in super().get_urls()
            if isinstance(route, URLResolver) or route.name in ROUTES or route.name is None
        ]
        return [
            path("login/code/", says_when_it_waits(self.second_step), name="second_step"),
            path("login/app/", says_when_it_waits(self.enrol_factor), name="enrol_factor"),
            path("step-up/", says_when_it_waits(self.admin_view(self.step_up)), name="step_up"),
            path("machinery/", self.admin_view(self.machinery), name="machinery"),
            path("recovery/", self.admin_view(self.recovery), name="recovery"),
            *kept,
        ]

    def admin_view(
        self,
        view: "_ViewType",
        cacheable: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> "_ViewType":
        """Django's guard around a page that is read, and rendered, within a page's time."""

        def timed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            note_visit(request)
            if request.method not in SAFE:
                return view(request, *args, **kwargs)
            with within(Deadline.PAGE):
                response = view(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return super().admin_view(cast("_ViewType", timed), cacheable)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """The menu: our titles in our order, of the pages that this role may read."""
        entries = [
            _menu_entry(model, page)
            for model, page in self._registry.items()
            if isinstance(page, ScopedAdmin) and page.has_module_permission(request)
        ]
        if may_read_recovery(request):
            entries.append(_entry(RECOVERY_TITLE, reverse("admin:recovery")))
        if may_read(request):
            entries.append(_entry(TITLE, reverse("admin:machinery")))
        return [{"name": _("Halaman"), "models": entries}] if entries else []

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard; nothing is sent to it."""
        must_be_read(request)
        context = dashboard_context(request) | (extra_context or {})
        return super().index(request, context)

    def machinery(self, request: HttpRequest) -> HttpResponse:
        """How queues, outbox and sweep stand."""
        return machinery_page(request, self.each_context(request))

    def recovery(self, request: HttpRequest) -> HttpResponse:
        """What came of follow-ups, of a branch."""
        return recovery_page(request, self.each_context(request))

    def step_up(self, request: HttpRequest) -> HttpResponse:
        """Ask for a fresh code of the second factor; `next` says where to return to."""
        return step_up_page(request, self.each_context(request))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The first step. A session that is over, or not an office's, ends here."""
        if self.has_permission(request):
            if request.method == "GET":
                return HttpResponseRedirect(reverse("admin:index"))
        elif request.user.is_authenticated:
            logout(request)
        context = self.each_context(request) | {
            "title": _("Masuk"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "next": request.GET.get("next") or reverse("admin:index"),
        }
        page = PasswordStep.as_view(extra_context=context | (extra_context or {}))
        return cast("HttpResponse", says_when_it_waits(page)(request))

    @method_decorator(STEP)
    def second_step(self, request: HttpRequest) -> HttpResponse:
        """The second step of a login."""
        return second_step_page(request, self.each_context(request))

    @method_decorator(STEP)
    def enrol_factor(self, request: HttpRequest) -> HttpResponse:
        """The second step of a first login."""
        return enrol_page(request, self.each_context(request))


def _menu_entry(model: type[Model], page: "ScopedAdmin[Any]") -> dict[str, Any]:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return _entry(page.title, url)


def _entry(title: Promise | str, url: str) -> dict[str, Any]:
    return {"name": title, "admin_url": url, "length": f":{len(url)}"}
