"""All routes."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog, set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health

handler404 = "config.problems.not_found"
handler500 = "config.problems.failed"

urlpatterns = [
    path("", require_safe(RedirectView.as_view(pattern_name="admin:index")), name="home"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("api/v1/pospay/", include("payments.api.counter_urls")),  # first: the most calls
    path("api/v1/", include("perisai.api.urls")),
    path("api/v1/", include("sync.api.urls")),
    path("api/v1/", include("enrollment.api.urls")),
    path("api/v1/", include("payments.api.urls")),
    path("api/v1/", include("retention.api.urls")),
    path("api/v1/", include("supervision.api.urls")),
    path("", include("payments.api.public_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("admin/jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("admin/language/setlang/", require_POST(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]
