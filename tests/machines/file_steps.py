"""Photographs: announced with the data, carried piece by piece, looked at by a worker.

They are so small that three pieces are enough, and so few that two are often the same.
"""

import io
from random import Random
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule
from PIL import Image

from perisai import clock
from sync.services.upload_checks import check_next
from tests.machines.form_steps import FormSteps
from tests.machines.sync_phones import WHICH, WHO
from tests.phone.app import Phone
from tests.phone.files import REFUSED, Picture
from tests.phone.wire import Json

SIDE: Final = (16, 12)
SMALLEST_PIECE, FIRST_PIECE, LARGEST_PIECE = 128, 256, 4_096
ROLES: Final = {"member": "ktp", "consent": "consent", "attempt": "place"}
AGAIN: Final = "again"


def _photograph(number: int) -> bytes:
    noise = Random(number).randbytes(SIDE[0] * SIDE[1] * 3)  # noqa: S311  the same in every run
    out = io.BytesIO()
    Image.frombytes("RGB", SIDE, noise).save(out, "JPEG")
    return out.getvalue()


NO_PICTURE: Final = b"tidak ada gambar di sini " * 20
CONTENTS: Final = (NO_PICTURE, _photograph(1), _photograph(2))


class FileSteps(FormSteps):
    """What cameras add."""

    @rule(
        who=WHO,
        which=WHICH,
        about=st.sampled_from([*sorted(ROLES), AGAIN]),
        content=st.integers(0, len(CONTENTS) - 1),
    )
    def photograph(self, who: int, which: int, about: str, content: int) -> None:
        """A card, a signed consent, a place; or another picture in place of a refused one."""
        phone = self._of(who).phone
        records = {"consent": self.consents, "attempt": self.visits}.get(about, [])
        about_id = records[which % len(records)] if records else self._known(who, which)[0]
        refused = _refused(phone) if about == AGAIN else None
        about = about if records else "member"
        with self._unless_locked(self._of(who)):
            if refused is None:
                phone.attach(_picture(content, about, about_id))
            else:
                file_id, said = refused
                phone.photograph_again(file_id, _picture(content, said["about"], said["about_id"]))


def look_at_all() -> None:
    """The worker looks at every file that is whole."""
    while check_next(now=clock.now()):
        pass


def _picture(content: int, about: str, about_id: str) -> Picture:
    return Picture(content=CONTENTS[content], about=about, about_id=about_id, role=ROLES[about])


def _refused(phone: Phone) -> tuple[str, Json] | None:
    """A file that is to be photographed again, and what it was announced as."""
    found = phone.store.db.execute("SELECT id, op_id FROM file WHERE state = ?", (REFUSED,))
    for file_id, op_id in found.fetchall():
        op = phone.outbox.op(op_id)
        if op is not None:
            return file_id, op.body["data"]
    return None
