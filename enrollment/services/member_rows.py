"""Members as rows of an agent's book: the keys that enrollment owns."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef

from enrollment.models import (
    LimitKind,
    Member,
    MemberFile,
    Purpose,
    not_limited,
    unrestricted,
)
from enrollment.services.consents import agrees_to
from enrollment.services.members import missing_of
from enrollment.services.withdrawals import is_taken_back
from perisai.months import format_month
from perisai.privacy import mask
from sync.models import CaseState, Conflict
from sync.registry import Row


def member_rows(agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Rows of those of the ids that this agent looks after now; two statements for any number.

    The NIK is masked and of the birth date only the year goes out: with both in full and the
    village, only a small serial would be left to guess.
    """
    served = Member.objects.served_by(agent_id).unmerged().filter(pk__in=list(ids))
    found = served.annotate(
        is_reminded=ExpressionWrapper(agrees_to(Purpose.REMINDERS), output_field=BooleanField()),
        review=_open_cases(agent_id),
        file_roles=_roles_stored(),
        is_listed=unrestricted(),
        is_scored=not_limited(LimitKind.NO_SCORING),
        is_taken_back=is_taken_back(Purpose.REMINDERS),
    )
    return {member.pk: _whole_row(member) for member in found.prefetch_related("occupations")}


def _whole_row(member: Any) -> Row:  # a Member with the annotations of member_rows
    return _row(member) | {
        "reminders": member.is_reminded and member.is_listed and not member.is_taken_back,
        "review": member.review,
        "files": member.file_roles,
        "restricted": not member.is_listed,  # in no list of the phone (R36)
        "scored": member.is_scored,  # else a person orders the visits
    }


def _open_cases(agent_id: UUID) -> ArraySubquery:
    """Kinds of the open cases about the member that this agent caused."""
    caused = Conflict.objects.filter(
        agent=agent_id, entity="member", entity_id=OuterRef("pk"), state=CaseState.OPEN
    )
    return ArraySubquery(caused.order_by("kind").values("kind").distinct())


def _roles_stored() -> ArraySubquery:
    """In which roles files of the member are kept."""
    kept = MemberFile.objects.filter(member=OuterRef("pk"), ended_at__isnull=True)
    return ArraySubquery(kept.order_by("role").values("role").distinct())


def _row(member: Member) -> Row:
    occupations = sorted(member.occupations.all(), key=lambda named: not named.is_main)
    return {
        "rev": member.rev,
        "nik": mask("nik", member.nik),
        "kpj": member.kpj,
        "kpj_provisional": member.kpj_provisional,
        "name": member.full_name,
        "sex": member.sex,
        "birth_year": member.birth_date.year,
        "phone": member.phone,
        "phone_owner": member.phone_owner,
        "village_code": member.village_id,
        "address_line": member.address_line,
        "rt": member.rt,
        "rw": member.rw,
        "occupations": [
            {"code": named.occupation_id, "is_main": named.is_main} for named in occupations
        ],
        "ecosystem": member.ecosystem,
        "programmes": member.programmes,
        "registered_on": member.registered_on.isoformat(),
        "episode": member.episode_no,
        "paid_through": format_month(member.paid_through) if member.paid_through else None,
        "joined_on": _day(member.episode_started_on),
        "closed_on": _day(member.closed_on),
        "closed_reason": member.closed_reason,
        "missing": missing_of(member),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
