"""App configurations: this app, and Django's admin with the office's site as its default."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class SupervisionConfig(AppConfig):
    """See ARCHITECTURE.md for what this app owns."""

    default = True
    default_auto_field = "django.db.models.BigAutoField"
    name = "supervision"

    def ready(self) -> None:
        """Put our pages on the site, and only ours: no app's `admin.py` is looked for."""
        import_module("supervision.admin.pages")


class OfficeAdminConfig(SimpleAdminConfig):
    """Django's admin for the people of the offices."""

    default_site = "supervision.admin.site.OfficeSite"
