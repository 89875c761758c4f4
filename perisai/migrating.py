"""Many tables in one step of a migration, and no database that has half of what it replaced."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

ID = "perisai.E012"
HINT = "Apply them with the code that has them, or start a database anew (make clean-data)."


class CreateTogether(Operation):
    """Makes the tables and triggers of an app at once; it takes CreateModel and AddTrigger alone.

    Beside its state Django keeps every model as a class, and after each step builds those anew
    that are related to what changed: nearly all, so the time grows with the square of the models.
    Here the classes are dropped first and built once, for the first table. Tables may refer to
    each other in any order, since foreign keys are made last.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        """What to make, in the order in which it is made."""
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Write all models down; nobody needs their classes meanwhile."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make everything, each from the state in which all of it is."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Take everything away, the last first; a trigger's model is only in the later state."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        """As `migrate --plan` tells it."""
        return f"Create {len(self.operations)} models and triggers together"


def check_gathered(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """E012: a database with some of the migrations that one replaces; asked with `migrate`.

    Django would leave the app out without a word.
    """
    if not databases:
        return []
    replacing = MigrationLoader(None).replacements
    found = []
    for alias in databases:
        applied = MigrationRecorder(connections[alias]).applied_migrations().keys()
        for (app, name), migration in sorted(replacing.items()):
            missing = set(migration.replaces) - applied
            if missing and missing != set(migration.replaces):
                found.append(
                    f"{app}.{name} replaces {', '.join(sorted(old for _, old in missing))}"
                )
    return [Error(f"{text}, which are not applied.", hint=HINT, id=ID) for text in found]
