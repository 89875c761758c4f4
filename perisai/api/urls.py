"""Routes of this app, under /api/v1/."""

from django.urls import path

from perisai.api import views
from perisai.api.gateway import DeliveryView
from perisai.api.references import ReferenceFileView, ReferenceListView

urlpatterns = [
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/code", views.CodeView.as_view(), name="login-code"),
    path("auth/password", views.PasswordView.as_view(), name="login-password"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("devices", views.DeviceListView.as_view(), name="devices"),
    path("devices/<uuid:device_id>", views.DeviceView.as_view(), name="device"),
    path(
        "devices/<uuid:device_id>/revoke",
        views.DeviceRevocationView.as_view(),
        name="device-revoke",
    ),
    path("ref", ReferenceListView.as_view(), name="references"),
    path("ref/<path:name>/<slug:digits>.json", ReferenceFileView.as_view(), name="reference-file"),
    path("messages/deliveries", DeliveryView.as_view(), name="message-deliveries"),
]
