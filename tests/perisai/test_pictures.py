"""Pictures of strangers: painted anew, whatever they carry, and refused if they are none."""

import io
import struct
import zlib

import pytest
from PIL import Image

from perisai.pictures import LONGEST_SIDE, NotAPicture, cleaned, watermarked
from perisai.services import picture_process
from perisai.services.picture_process import PictureProcessDied, clean_apart
from tests.sync.photos import photo


def size_of(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert picture.format == "JPEG"
        return picture.size


def png_that_says(width: int, height: int) -> bytes:
    """A PNG with a head alone, as a bomb begins."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_each_form_becomes_a_small_jpeg_with_a_blurred_thumbnail(form: str) -> None:
    picture = clean_apart(photo(side=(2000, 1000), form=form))
    assert size_of(picture.content) == (picture.width, picture.height) == (LONGEST_SIDE, 800)
    assert size_of(picture.thumbnail) == (96, 48)


def test_exif_gone() -> None:
    raw = photo("SITI")
    assert b"Kamera Rahasia" in raw
    picture = cleaned(raw)
    for kept in (picture.content, picture.thumbnail):
        assert b"Kamera" not in kept
        with Image.open(io.BytesIO(kept)) as opened:
            assert dict(opened.getexif()) == {}
            assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (300, 200)).save(out, "JPEG", exif=exif)
    assert size_of(cleaned(out.getvalue()).content) == (200, 300)


def test_polyglot_and_bomb_images() -> None:
    script = b"<script>alert(1)</script>PK\x03\x04 #!/bin/sh"
    assert script not in cleaned(photo() + script).content
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "JPEG", comment=script)
    assert script in out.getvalue()
    assert script not in cleaned(out.getvalue()).content
    bombs = [png_that_says(30_000, 30_000), png_that_says(5_001, 5_000), png_that_says(2**31, 1)]
    broken = [b"", b"\xff\xd8\xff", photo()[:2000], b"%PDF-1.7", b"GIF89a" + bytes(50)]
    for raw in [*bombs, *broken]:
        with pytest.raises(NotAPicture):
            clean_apart(raw)


def test_a_process_that_dies_or_babbles_is_told_from_what_is_no_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for command in (["/bin/false"], ["/bin/echo"]):
        monkeypatch.setattr(picture_process, "COMMAND", command)
        with pytest.raises(PictureProcessDied):
            clean_apart(photo())


def test_a_watermark_says_who_looked_and_changes_the_picture_alone() -> None:
    kept = cleaned(photo()).content
    marked = watermarked(kept, "sari 20-11-2026 09:00")
    assert marked != kept
    assert size_of(marked) == size_of(kept)
