"""Routes of this app, under /api/v1/."""

from django.urls import path

from sync.api import views
from sync.api.attachments import AttachmentView

urlpatterns = [
    path("sync", views.PushView.as_view(), name="sync"),
    path("sync/changes", views.ChangesView.as_view(), name="sync-changes"),
    path("sync/config", views.ConfigView.as_view(), name="sync-config"),
    path("attachments/<uuid:upload_id>", AttachmentView.as_view(), name="attachment"),
]
