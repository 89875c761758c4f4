"""QR codes as SVG that stands in a page: attributes alone, nothing that a policy refuses."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

QUIET_ZONE: Final = 4
"""Light modules around the code, without which a camera does not find it."""


def qr_svg(content: str, *, label: str) -> SafeString:
    """The code of a text, black on white, one unit a module; `label` is for who cannot see it.

    Digits alone make a smaller code than anything else.
    """
    rows = [bytes(row) for row in segno.make(content, micro=False, error="m").matrix]
    side = len(rows) + 2 * QUIET_ZONE
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' aria-label="{}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{}v{}H0z"/><path d="{}"/></svg>',
        *(side, side, label, side, side, "".join(_bars(rows))),
    )


def _bars(rows: list[bytes]) -> Iterator[str]:
    """A bar for every run of dark modules, row by row."""
    for y, row in enumerate(rows, QUIET_ZONE):
        x = QUIET_ZONE
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{length}v1h-{length}z"
            x += length
