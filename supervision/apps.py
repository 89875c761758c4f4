"""App configuration."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """See ARCHITECTURE.md for what this app owns."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "supervision"
