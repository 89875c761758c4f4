"""What the phone is told of caps, versions and rhythms; other apps add sections."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from perisai.services.reference_files import listing_for
from sync import registry
from sync.models.upload import MOST_BYTES
from sync.services import envelope, page, pull, rhythm
from sync.services.book_size import BOOK_ROWS, BOOK_ROWS_WARNING
from sync.services.uploads import FILES_PER_RECORD, PIECE_BYTES

PUSH_SCHEMAS = (1,)
CALLS_A_MINUTE = 60
MAX_DEPTH = 8
CONFIG_EVERY = 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneConfig:
    """All sections for one phone, with the tag of their content."""

    sections: dict[str, Any]
    tag: str


def config_for(agent_id: UUID, device_id: UUID | None = None) -> PhoneConfig:
    """The configuration of an agent's phones; of one phone, if it is named."""
    sections = {
        "limits": _limits(),
        "schemas": {"push": list(PUSH_SCHEMAS), "pull": list(pull.SCHEMAS)},
        "app": {"min_pull": settings.APP_MIN_PULL, "latest": settings.APP_LATEST},
        "intervals": {"sync": rhythm.SYNC_EVERY, "config": CONFIG_EVERY},
        "clock_warn_ms": settings.CLOCK_SKEW_FLAG // timedelta(milliseconds=1),
        "ref": listing_for(agent_id).sha256,
        **registry.config_sections(agent_id, device_id),
    }
    text = json.dumps(sections, sort_keys=True, separators=(",", ":"))
    return PhoneConfig(sections=sections, tag=f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')


def _limits() -> dict[str, int]:
    smallest_piece, largest_piece = PIECE_BYTES
    return {
        "calls_per_minute": CALLS_A_MINUTE,
        "push_ops": envelope.MAX_OPS,
        "push_bytes": envelope.MAX_PUSH_BYTES,
        "op_bytes": envelope.MAX_OP_BYTES,
        "json_depth": MAX_DEPTH,
        "page_bytes": page.DEFAULT_BYTES,
        "page_bytes_min": page.MIN_BYTES,
        "page_bytes_max": page.MAX_BYTES,
        "attachment_bytes": MOST_BYTES,
        "attachments_per_record": FILES_PER_RECORD,
        "piece_bytes_min": smallest_piece,
        "piece_bytes_max": largest_piece,
        "book_rows": BOOK_ROWS,
        "book_rows_warning": BOOK_ROWS_WARNING,
    }
