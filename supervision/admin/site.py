"""The site: who may enter, what stands in its menu, and how long a page may take."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from perisai.deadlines import Deadline, within
from perisai.models import User
from supervision.admin.dashboard import dashboard_context
from supervision.admin.entering import step_up_page
from supervision.admin.scoped import ScopedAdmin, must_be_read

if TYPE_CHECKING:
    from django.contrib.admin.sites import _ViewType

ROUTES = frozenset({"index", "login", "logout", "password_change", "password_change_done"})
SAFE = frozenset({"GET", "HEAD"})
LANGUAGE_SECONDS = 365 * 24 * 3600


def may_enter(user: object) -> bool:
    """Active office staff alone: a flag by mistake lets no agent and no counter in."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and user.role in User.OFFICE_ROLES
    )


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
        return may_enter(request.user)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Our pages, login and password: no redirect by content type, no autocomplete, no app
        index; whatever else is asked for is unknown, and a login for who has none."""
        kept = [
            route
            for route in super().get_urls()
            if isinstance(route, URLResolver) or route.name in ROUTES or route.name is None
        ]
        return [path("step-up/", self.admin_view(self.step_up), name="step_up"), *kept]

    def admin_view(
        self,
        view: "_ViewType",
        cacheable: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> "_ViewType":
        """Django's guard around a page that is read, and rendered, within a page's time."""

        def timed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
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
        return [{"name": _("Halaman"), "models": entries}] if entries else []

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard; nothing is sent to it."""
        must_be_read(request)
        context = dashboard_context(request) | (extra_context or {})
        return super().index(request, context)

    def step_up(self, request: HttpRequest) -> HttpResponse:
        """Ask for a fresh code of the second factor; `next` says where to return to."""
        return step_up_page(request, self.each_context(request))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's; who chose no language on this browser gets the one of the account."""
        response = super().login(request, extra_context)
        user = request.user
        if isinstance(user, User) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=LANGUAGE_SECONDS,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response


def _menu_entry(model: type[Model], page: "ScopedAdmin[Any]") -> dict[str, Any]:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return {"name": page.title, "admin_url": url, "length": f":{len(url)}"}
