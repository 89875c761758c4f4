"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SyncConfig(AppConfig):
    """Finds what the apps above teach the phone's contract, as the admin finds `admin.py`."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "sync"

    def ready(self) -> None:
        """Fill the registries; a second handler of one kind stops the start."""
        autodiscover_modules("operations", "book_rows", "messages")
