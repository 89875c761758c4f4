"""Pictures that strangers sent: opened under limits, and painted anew without what they carried.

What is kept is an image of ours: no metadata, no second format hidden behind the first, at most
1,600 pixels. `python -m perisai.pictures` does so in a process of its own, which has no key, no
database, and little memory: a picture that breaks the decoder breaks that process alone.
"""

import io
import resource
import struct
import sys
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
KEPT_AS: Final = "image/jpeg"
DECODERS: Final = ("JPEG", "PNG", "WEBP")
MOST_PIXELS: Final = 25_000_000
LONGEST_SIDE: Final = 1_600
THUMBNAIL_SIDE: Final = 96
BLUR: Final = 2
QUALITY: Final = 80

MEMORY_BYTES: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 20
NO_PICTURE: Final = 3
"""How the process ends for what is no picture; any other end than 0 is a fault of the process."""
HEAD: Final = struct.Struct(">HHI")


class NotAPicture(Exception):
    """Not really a JPEG, PNG or WebP, or more pixels than a camera of ours makes."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Picture:
    """A picture painted anew, and a blurred thumbnail on which nothing can be read."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int

    def packed(self) -> bytes:
        """As the process hands it over."""
        head = HEAD.pack(self.width, self.height, len(self.thumbnail))
        return head + self.thumbnail + self.content

    @classmethod
    def unpacked(cls, told: bytes) -> "Picture":
        """As it was handed over. Raises struct.error for less than a head."""
        width, height, length = HEAD.unpack_from(told)
        rest = told[HEAD.size :]
        return cls(content=rest[length:], thumbnail=rest[:length], width=width, height=height)


def cleaned(raw: bytes) -> Picture:
    """The picture painted anew. Raises NotAPicture, whatever is wrong with the bytes."""
    try:
        painted = _painted_anew(raw)
    except Exception as fault:  # decoders fail in every way there is
        raise NotAPicture from fault
    small = painted.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(
        content=_as_jpeg(painted),
        thumbnail=_as_jpeg(small.filter(ImageFilter.GaussianBlur(BLUR))),
        width=painted.width,
        height=painted.height,
    )


def watermarked(content: bytes, text: str) -> bytes:
    """A kept picture with a line all over it, of who looks and when."""
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as kept:
        picture = kept.convert("RGB")
    size = max(12, picture.width // 40)
    font = ImageFont.load_default(size)
    layer = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(layer)
    line = f"{text}   " * 8
    for number, top in enumerate(range(0, picture.height, size * 5)):
        pen.text((-size * 4 * (number % 3), top), line, fill=110, font=font)
    picture.paste("red", mask=layer)
    return _as_jpeg(picture)


def _painted_anew(raw: bytes) -> Image.Image:
    with Image.open(io.BytesIO(raw), formats=DECODERS) as sent:
        if sent.width * sent.height > MOST_PIXELS:
            raise NotAPicture
        return _painted(sent)


def _painted(sent: Image.Image) -> Image.Image:
    """Upright, at most LONGEST_SIDE, on white, on a canvas that carries nothing over."""
    sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(sent)
    has_holes = "transparency" in turned.info or turned.mode in {"RGBA", "LA", "PA"}
    opaque = turned.convert("RGBA" if has_holes else "RGB")
    opaque.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    canvas = Image.new("RGB", opaque.size, "white")
    canvas.paste(opaque, mask=opaque.getchannel("A") if has_holes else None)
    return canvas


def _as_jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def main() -> int:
    """Read a picture, write it anew: within the limits, or not at all."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    raw = sys.stdin.buffer.read()
    try:
        picture = cleaned(raw)
    except NotAPicture:
        return NO_PICTURE
    sys.stdout.buffer.write(picture.packed())
    return 0


if __name__ == "__main__":
    sys.exit(main())
