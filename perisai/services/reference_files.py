"""Reference files: published when their data change, fetched once by each phone."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db.models import F
from django.db.models.functions import Length

from perisai.clock import official_date
from perisai.deadlines import Deadline, within
from perisai.errors import NotFound
from perisai.models import AgentVillage, ReferenceFile
from perisai.publishing import Reference, builder_of, known_subjects

log = structlog.get_logger(__name__)

FOR_EVERYBODY: Final = (
    *("codes", "consent-texts", "holidays", "occupations"),
    *("regions/index", "tariff"),
)
DIGITS_IN_URL: Final = 8
ROWS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of the list: a file, and where its content lies for ever."""

    name: str
    version: str
    sha256: str
    bytes: int
    url: str

    def members(self) -> dict[str, Any]:
        """The line as the phone reads it."""
        return {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of one agent's phones, with the digest of the list."""

    files: tuple[Listed, ...]
    sha256: str

    def body(self) -> dict[str, Any]:
        """The list as the phone reads it."""
        return {"files": [file.members() for file in self.files]}


def publish(subject: str, *, now: datetime) -> int:
    """Publish what changed of a subject's files; how many. Repeatable, safe beside itself.

    Joins the caller's transaction, if there is one.
    """
    with within(Deadline.BULK):
        made = [_row(one, now) for one in builder_of(subject)()]
        known = _digests(row.name for row in made)
        changed = [row for row in made if known.get(row.name) != row.sha256]
        ReferenceFile.objects.bulk_create(changed, batch_size=ROWS_AT_ONCE)
    if changed:
        log.debug("reference_published", subject=subject, files=len(changed))
    return len(changed)


def publish_all(*, now: datetime) -> int:
    """Publish what changed of all files: after a load of data, after a release, and by the hour."""
    return sum(publish(subject, now=now) for subject in known_subjects())


def listing_for(agent_id: UUID) -> Listing:
    """What an agent's phones need: what is for everybody, and the regions of her villages."""
    villages = AgentVillage.objects.current().filter(agent=agent_id)
    codes = villages.values_list(
        "village__district__code", "village__district__regency__code"
    ).distinct()
    names = {f"regions/{code}" for pair in codes for code in pair}
    found = ReferenceFile.objects.newest().filter(name__in=[*FOR_EVERYBODY, *names])
    rows = found.annotate(length=Length(F("content"))).defer("content")
    files = tuple(_listed(row) for row in rows)
    text = canonical({"files": [file.members() for file in files]})
    return Listing(files=files, sha256=hashlib.sha256(text.encode()).hexdigest())


def reference_file(name: str, digits: str) -> ReferenceFile:
    """A published content, by name and the first digits of its digest. Raises NotFound."""
    if len(digits) != DIGITS_IN_URL or not name.isprintable():
        raise NotFound
    found = ReferenceFile.objects.filter(name=name, sha256__startswith=digits).first()
    if found is None:
        raise NotFound
    return found


def canonical(content: Any) -> str:
    """JSON in one form: equal contents are equal texts."""
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _row(one: Reference, now: datetime) -> ReferenceFile:
    content = canonical(one.content)
    return ReferenceFile(
        name=one.name,
        version=one.version or official_date(now).isoformat(),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        content=content,
        published_at=now,
    )


def _digests(names: Iterable[str]) -> dict[str, str]:
    newest = ReferenceFile.objects.newest().filter(name__in=list(names))
    return dict(newest.values_list("name", "sha256"))


def _listed(row: Any) -> Listed:  # a ReferenceFile with its length; ASCII: a sign a byte
    return Listed(
        name=row.name,
        version=row.version,
        sha256=row.sha256,
        bytes=row.length,
        url=f"/api/v1/ref/{row.name}/{row.sha256[:DIGITS_IN_URL]}.json",
    )
