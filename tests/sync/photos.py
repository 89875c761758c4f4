"""Photographs for tests, and what a phone does with them: declare, send in pieces, ask."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from PIL import Image

from enrollment.models import Member
from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import new_file_key
from sync.models import Upload
from sync.services.upload_checks import check_next
from tests.factories.enrollment import CAPTURED_AT, MemberFactory, in_book
from tests.sync.phones import Body, Phone, op, owner

URL = "/api/v1/attachments"
OCTETS = "application/offset+octet-stream"


def photo(text: str = "KTP", *, side: tuple[int, int] = (320, 200), form: str = "JPEG") -> bytes:
    """A picture whose content hangs on its text, with a camera's metadata."""
    noise = Image.effect_noise(side, 40 + sum(map(ord, text)) % 50).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = f"Kamera Rahasia {text}"
    out = io.BytesIO()
    noise.save(out, form, exif=exif)
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photograph on a phone, about a record."""

    about_id: UUID
    raw: bytes = field(default_factory=photo)
    about: str = "member"
    role: str = "ktp"
    upload_id: UUID = field(default_factory=new_id)
    type: str = "image/jpeg"

    @property
    def url(self) -> str:
        """Where its pieces go."""
        return f"{URL}/{self.upload_id}"

    def declaration(self, seq: int, **said: Any) -> Body:
        """The operation that announces it; `said` goes over its data."""
        data = {
            "about": self.about,
            "about_id": str(self.about_id),
            "role": self.role,
            "sha256": hashlib.sha256(self.raw).hexdigest(),
            "size": len(self.raw),
            "type": self.type,
        }
        return op(seq, "attachment.declare", entity_id=self.upload_id, data=data | said)


def send_piece(phone: Phone, sent: Photo, offset: int, piece: bytes, **headers: str) -> Any:
    """One piece; the raw answer."""
    return phone.client.generic(
        "PATCH",
        sent.url,
        piece,  # type: ignore[arg-type]  # the stubs know text alone
        content_type=OCTETS,
        headers={"Upload-Offset": str(offset)} | headers,
    )


def send_cut(phone: Phone, sent: Photo, offset: int, piece: bytes, *, announced: int) -> Any:
    """A piece of which the line brought no more than this; the raw answer."""
    return phone.client.request(
        REQUEST_METHOD="PATCH",
        PATH_INFO=sent.url,
        CONTENT_TYPE=OCTETS,
        CONTENT_LENGTH=str(announced),
        HTTP_UPLOAD_OFFSET=str(offset),
        **{"wsgi.input": io.BytesIO(piece)},
    )


def standing(phone: Phone, sent: Photo) -> tuple[int, str]:
    """Offset and state, as HEAD tells them."""
    answer: Any = phone.client.head(sent.url)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["Upload-Offset"]), answer.headers["Upload-State"]


def send_whole(phone: Phone, sent: Photo, cuts: Iterable[int] = ()) -> None:
    """All bytes, cut at these places."""
    edges = [0, *sorted(set(cuts) - {0, len(sent.raw)}), len(sent.raw)]
    for start, end in pairwise(edges):
        answer = send_piece(phone, sent, start, sent.raw[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))


def stored(phone: Phone, sent: Photo, seq: int) -> None:
    """Declared, sent and checked."""
    (result,) = phone.push(sent.declaration(seq))
    assert result["upload"] == {"state": "open", "offset": 0}, result
    send_whole(phone, sent)
    assert check_next(now=CAPTURED_AT)
    assert standing(phone, sent) == (len(sent.raw), "stored")


def own_member(phone: Phone, number: int = 1) -> Member:
    """Somebody in the phone's book."""
    agent = Agent.objects.get(pk=owner(phone))
    return in_book(MemberFactory.create(number=number, agent=agent))


def begun_upload(agent: Agent, member: Member) -> Upload:
    """A card's photograph of which no byte has come yet."""
    return Upload.objects.create(
        id=new_id(),
        agent=agent,
        op_id=new_id(),
        about="member",
        about_id=member.pk,
        record_id=member.pk,
        role="ktp",
        sha256=bytes(32),
        size=1_000,
        type="image/jpeg",
        key=new_file_key(),
        declared_at=CAPTURED_AT,
    )
