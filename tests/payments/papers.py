"""Reading papers: words of a page, and the QR code on it."""

import re
from html import unescape
from typing import Any, Final

import segno

TAG: Final = re.compile(r"<[^>]+>")
BAR: Final = re.compile(r"M(\d+) (\d+)h(\d+)v1h-\d+z")
ACTIVE: Final = re.compile(r"<script|\sstyle=|\son\w+=|javascript:|<style", re.I)


def words(answer: Any) -> str:
    """What a person reads on a page, in one line."""
    body = answer.content.decode().partition("<body")[2].partition(">")[2]
    return " ".join(unescape(TAG.sub(" ", body)).split())


def qr_modules(answer: Any) -> list[list[int]]:
    """The dark modules of the page's one QR code, without the quiet zone around it."""
    (svg,) = re.findall(r'<svg class="qr".*?</svg>', answer.content.decode())
    (side,) = re.findall(r'viewBox="0 0 (\d+) \1"', svg)
    rows = [[0] * int(side) for _ in range(int(side))]
    for x, y, length in (map(int, bar) for bar in BAR.findall(svg)):
        rows[y][x : x + length] = [1] * length
    border = [*rows[:4], *rows[-4:], *([*row[:4], *row[-4:]] for row in rows)]
    assert not any(any(row) for row in border), "no quiet zone"
    return [row[4:-4] for row in rows[4:-4]]


def modules_of(content: str) -> list[list[int]]:
    """The QR code that a text must have."""
    return [list(row) for row in segno.make(content, micro=False, error="m").matrix]


def is_passive(answer: Any) -> bool:
    """Whether a page brings no script and nothing inline."""
    return ACTIVE.search(answer.content.decode()) is None
