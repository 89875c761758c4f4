"""App configuration."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """See ARCHITECTURE.md for what this app owns."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "payments"
