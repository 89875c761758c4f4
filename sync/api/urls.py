"""Routes of this app, under /api/v1/."""

from django.urls import path

from sync.api import views

urlpatterns = [
    path("sync", views.PushView.as_view(), name="sync"),
    path("sync/changes", views.ChangesView.as_view(), name="sync-changes"),
    path("sync/config", views.ConfigView.as_view(), name="sync-config"),
]
