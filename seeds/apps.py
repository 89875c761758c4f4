"""App configuration: seeds has commands only."""

from django.apps import AppConfig


class SeedsConfig(AppConfig):
    """Reference and demo data as management commands over services and COPY."""

    name = "seeds"
