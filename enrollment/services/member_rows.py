"""Members as rows of an agent's book: the keys that enrollment owns."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from enrollment.models import Consent, Member, Purpose
from enrollment.services.members import missing_of
from perisai.months import format_month
from perisai.privacy import mask
from sync.models import CaseState, Conflict
from sync.registry import Row


def member_rows(agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Rows of those of the ids that this agent looks after now; four statements for any number.

    The NIK is masked and of the birth date only the year goes out: with both in full and the
    village, only a small serial would be left to guess.
    """
    wanted = list(ids)
    served = Member.objects.served_by(agent_id).unmerged().filter(pk__in=wanted)
    reminded = set(
        Consent.objects.filter(
            member__in=wanted, purposes__contains=[Purpose.REMINDERS]
        ).values_list("member_id", flat=True)
    )
    cases = _open_cases(agent_id, wanted)
    return {
        member.pk: _row(member)
        | {"reminders": member.pk in reminded, "review": cases.get(member.pk, [])}
        for member in served.prefetch_related("occupations")
    }


def _open_cases(agent_id: UUID, ids: list[UUID]) -> dict[UUID, list[str]]:
    """Kinds of the open cases about each member that this agent caused."""
    found = Conflict.objects.filter(
        agent=agent_id, entity="member", entity_id__in=ids, state=CaseState.OPEN
    ).values_list("entity_id", "kind")
    kinds: defaultdict[UUID, set[str]] = defaultdict(set)
    for member_id, kind in found:
        kinds[member_id].add(kind)
    return {member_id: sorted(of_member) for member_id, of_member in kinds.items()}


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
        "files": [],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
