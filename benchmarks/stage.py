"""What several benchmarks need: an agent to hang members on, a counter of statements."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from types import TracebackType
from typing import Any, Final, Self

from django.db import connection

from enrollment.models import AgentMembership, Member
from enrollment.nik import Sex
from perisai.models import Agent, Branch, Office, OfficeContract, OfficeKind, Role, User
from perisai.privacy import blind_index

QUIET = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT set_config('lock_timeout'")
SINCE: Final = date(2024, 1, 1)
OWN_KPJ: Final = "90000000000"


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


def settle() -> None:
    """What autovacuum does within a minute of such a load: the planner knows the new rows."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def make_agent(number: str) -> Agent:
    """One agent of one office of one branch."""
    branch = Branch.objects.create(code=number[-10:], name="Cabang uji")
    office = Office.objects.create(
        code=number, name="Wadah uji", kind=OfficeKind.COOPERATIVE, branch=branch
    )
    OfficeContract.objects.create(office=office, number=number, valid_from=SINCE)
    user = User.objects.create_user(number, role=Role.AGENT)
    return Agent.objects.create(
        number=number, user=user, office=office, name="Agen Uji", appointed_on=SINCE
    )


def make_eligible(agent: Agent, *, nik: str, kpj: str = OWN_KPJ) -> None:
    """Let the agent be a member herself, paid far ahead, so that she may register (R29)."""
    member = Member.objects.create(
        branch=agent.office.branch,
        nik=nik,
        nik_index=blind_index("nik", nik),
        full_name=agent.name,
        birth_date=date(1980, 1, 1),
        sex=Sex.MALE,
        regency_code=nik[:4],
        kpj=kpj,
        registered_on=SINCE,
        paid_through=date(2099, 12, 1),
        episode_no=1,
    )
    AgentMembership.objects.create(agent=agent, member=member, from_on=SINCE)
