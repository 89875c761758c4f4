"""App configuration."""

from django.apps import AppConfig


class PerisaiConfig(AppConfig):
    """See ARCHITECTURE.md for what this app owns."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "perisai"
