"""The scope that most rows share: all for national roles, a branch for its supervisor (R37)."""

from typing import Any, TypeVar

from django.db.models import QuerySet

from perisai.models.user import Role, User

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def of_office(rows: Rows, user: User, *, branch: str) -> Rows:
    """What an office role may see of these rows; `branch` is the lookup of the row's branch.

    National and auditor see all, a supervisor his own branch's, every other role none.
    """
    if user.role in {Role.NATIONAL, Role.AUDITOR}:
        return rows
    if user.role == Role.SUPERVISOR:
        return rows.filter(**{branch: user.branch_id})
    return rows.none()
