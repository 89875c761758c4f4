"""App configuration."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from perisai.deployment import check_database, check_deployment
from perisai.factor_check import check_factors
from perisai.history import listen
from perisai.keeping_check import check_periods
from perisai.migrating import check_gathered
from perisai.privacy.checks import check_key_rings
from perisai.server_check import check_server_version


class PerisaiConfig(AppConfig):
    """See ARCHITECTURE.md for what this app owns."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "perisai"

    def ready(self) -> None:
        """Check rings and server, remember the keys, learn what the apps above teach."""
        register(check_key_rings)
        register(check_server_version, Tags.database)
        register(check_gathered, Tags.database)
        register(check_deployment, Tags.security, deploy=True)
        register(check_database, Tags.database, deploy=True)
        connection_created.connect(listen, dispatch_uid="perisai.history")
        register(check_periods)
        register(check_factors, Tags.database, deploy=True)
        post_migrate.connect(_remember_keys, sender=self)
        autodiscover_modules("messages", "reveals", "erasers", "mergers", "purges", "references")


def _remember_keys(using: str, **_: object) -> None:
    """A migration backwards to before the canaries leaves nothing to write to."""
    from perisai.models import KeyCanary  # noqa: PLC0415  models load after apps
    from perisai.services.keys import plant_canaries  # noqa: PLC0415

    if KeyCanary._meta.db_table in connections[using].introspection.table_names():
        plant_canaries()
