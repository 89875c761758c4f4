"""The one place where the guards of append-only rows stand aside.

Three reasons exist: another key wraps the same facts, an erasure destroys what names a person, and
a purge ends what was kept long enough. `tests/security/test_guards.py` names all who call this.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Model

IGNORE_GUARDS = "SELECT set_config('pgtrigger.ignore', %s, true)"


@contextmanager
def guards_aside(*models: type[Model]) -> Iterator[None]:
    """Let this transaction pass the triggers of these models, and of no other one.

    pgtrigger's own way puts two commands into one statement, which a prepared one cannot hold.
    """
    guards = ",".join(
        guard.get_pgid(model) for model in models for guard in getattr(model._meta, "triggers", ())
    )
    with connection.cursor() as cursor:
        cursor.execute(IGNORE_GUARDS, [f"{{{guards}}}"])
        yield
        cursor.execute(IGNORE_GUARDS, ["{}"])
