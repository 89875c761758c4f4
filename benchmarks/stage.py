"""What several benchmarks need: an agent to hang members on, a counter of statements."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from types import TracebackType
from typing import Any, Self

from django.db import connection

from perisai.models import Agent, Branch, Office, OfficeKind, Role, User

QUIET = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config('lock_timeout'")


class StatementCount:
    """Counts statements; BEGIN with its SET LOCAL, savepoints and COMMIT apart."""

    def __init__(self) -> None:
        self.statements = 0
        self.seen: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(connection.execute_wrapper(self._count))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _count(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001  Django's own signature
        context: Any,
    ) -> Any:
        if not sql.lstrip().startswith(QUIET):
            self.statements += 1
            self.seen.append(sql)
        return execute(sql, params, many, context)


def make_agent(number: str) -> Agent:
    """One agent of one office of one branch."""
    branch = Branch.objects.create(code=number[-10:], name="Cabang uji")
    office = Office.objects.create(
        code=number, name="Wadah uji", kind=OfficeKind.COOPERATIVE, branch=branch
    )
    user = User.objects.create_user(number, role=Role.AGENT)
    return Agent.objects.create(
        number=number, user=user, office=office, name="Agen Uji", appointed_on=date(2024, 1, 1)
    )
