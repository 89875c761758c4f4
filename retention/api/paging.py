"""Pages of a list that is computed when read: the cursor names the last line's place."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from perisai.api.pagination import PAGE, read_cursor, write_cursor
from perisai.errors import CursorInvalid
from retention.priority import WorkItem

SALT: Final = "follow-ups"
Place = tuple[int, date, UUID]


def page_after(items: Sequence[WorkItem], cursor: str) -> tuple[list[WorkItem], str | None]:
    """The lines behind a cursor ("" is the start) and the next cursor; None on the last page.

    A line that comes or goes between two calls moves no other line over a page's edge. Raises
    CursorInvalid.
    """
    start = bisect_right(items, _place(cursor), key=lambda item: item.place) if cursor else 0
    page = list(items[start : start + PAGE])
    is_last = start + PAGE >= len(items)
    return page, None if is_last else _cursor(page[-1].place)


def _cursor(place: Place) -> str:
    points, day, member_id = place
    return write_cursor([points, day.isoformat(), str(member_id)], SALT)


def _place(cursor: str) -> Place:
    try:
        points, day, member_id = read_cursor(cursor, SALT)
        return int(points), date.fromisoformat(str(day)), UUID(str(member_id))
    except ValueError as fault:
        raise CursorInvalid from fault
