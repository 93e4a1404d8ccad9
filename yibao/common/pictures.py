"""Photos from a phone: judged by content, made anew as JPEG, kept sealed in the database.

What is stored is never what was sent: the pixels are decoded under limits and encoded again, so that
places (EXIF), hidden files and whatever else a camera or an attacker put in are gone. A picture waits
for a day until something refers to it; then it stays.
"""

import struct
import threading
import zlib
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from math import sqrt
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.timezone import now
from PIL import Image, ImageOps

from yibao.common.errors import Refused, refuse_if
from yibao.common.models import Picture

MEGABYTE = 1 << 20
MOST_BYTES = 15 * MEGABYTE
MOST_PIXELS = 16_000_000
MOST_PIXELS_IN_PARTS = 110_000_000
"""A phone's largest: a baseline JPEG is decoded line by line, at an eighth of its size."""
LONGEST_SIDE = 30_000
SHORTEST_SIDE = 200
KEPT_PIXELS = 3_000_000
"""2000 × 1500: small print on a card or a long screenshot is still read."""
QUALITY = 78
SMALL_SIDE, SMALL_QUALITY = 240, 70
"""Small enough that nobody reads a number on it."""
HOURS = 24
FORMATS = ("JPEG", "PNG", "WEBP")

DAMAGED = "图片没有传完或已损坏，请重新拍照或截屏后再上传"
WANTED = "请上传 JPG、PNG 或 WebP 格式的照片或截屏"
HEIC = (
    "这是 HEIC 格式的照片，很多电脑打不开。请截屏后上传截图，"
    "或在 iPhone“设置 › 相机 › 格式”中选“兼容性最佳”后重新拍照"
)
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
STRANGERS = (
    (b"%PDF", "这是 PDF 文件，请截屏或拍照后上传图片"),
    (b"GIF8", f"这是 GIF 动图，{WANTED}"),
    (b"PK\x03\x04", f"这是压缩包或文档，不是图片，{WANTED}"),
    (b"\xd0\xcf\x11\xe0", f"这是文档，不是图片，{WANTED}"),
    (b"BM", f"这是 BMP 图片，{WANTED}"),
    (b"II*\0", f"这是 TIFF 图片，{WANTED}"),
    (b"MM\0*", f"这是 TIFF 图片，{WANTED}"),
    (b"<", f"这是网页或矢量图，不是照片，{WANTED}"),
)

# Whatever a decoder makes of a damaged or crafted file; none of it is ours.
BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError,
    AttributeError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

# Our own limits, below, are stricter than this one and refuse where it only warns.
Image.MAX_IMAGE_PIXELS = None

# One at a time in a process: that bounds its memory.
_turn = threading.Lock()


@dataclass(frozen=True)
class Clean:
    """A picture made anew: plain JPEG, upright, of bounded size."""

    content: bytes
    width: int
    height: int


def cleaned(data: bytes) -> Clean:
    """Decode under limits and encode again. Raises `Refused` with what to do about it."""
    refuse_if(_why_not_file(data))
    try:
        with _turn, Image.open(BytesIO(data), formats=FORMATS) as image:
            refuse_if(_why_not_size(image))
            return _encoded(_small(image))
    except BROKEN as broken:
        raise Refused(DAMAGED) from broken


def keep(file: UploadedFile, *, by: Any) -> Picture:
    """Clean an uploaded file and let it wait until something refers to it. Raises `Refused`.

    A person with a form to correct need not send the photo again: `waiting` finds it.
    """
    if file.size is None or file.size > MOST_BYTES:
        raise Refused(
            f"图片超过 {MOST_BYTES // MEGABYTE} MB，请截屏后上传截图，或用较低的清晰度拍照"
        )
    made = cleaned(file.read())
    _sweep()
    return Picture.objects.create(content=made.content, width=made.width, height=made.height, by=by)


def waiting(public_id: UUID, *, by: Any) -> Picture | None:
    """What this person sent in and nothing refers to yet."""
    mine = Picture.objects.filter(by=by, is_used=False, at__gt=now() - timedelta(hours=HOURS))
    return mine.filter(public_id=public_id).defer("content").first()


def use(picture: Picture, *, by: Any) -> Picture:
    """From now on something refers to it, and it stays. Raises `Refused` if it is another's."""
    found = Picture.objects.filter(pk=picture.pk, by=by, is_used=False).update(is_used=True)
    refuse_if("" if found else "图片已过期或已被使用，请重新上传")
    picture.is_used = True
    return picture


def drop(picture: Picture) -> None:
    """Nothing refers to it any more, and nothing has to be proved by it."""
    Picture.objects.filter(pk=picture.pk).delete()


def small(picture: Picture) -> bytes:
    """A thumbnail, made when it is asked for: a JPEG of ours is decoded at an eighth of its size."""
    with _turn, Image.open(BytesIO(picture.content), formats=FORMATS) as image:
        image.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
        image.thumbnail((SMALL_SIDE, SMALL_SIDE))
        target = BytesIO()
        image.save(target, "JPEG", quality=SMALL_QUALITY)
        return target.getvalue()


def _sweep() -> None:
    """Remove what nobody came back for."""
    Picture.objects.filter(is_used=False, at__lt=now() - timedelta(hours=HOURS)).delete()


def _why_not_file(data: bytes) -> str:
    """What can be told from the first bytes."""
    if not data:
        return "文件是空的，请重新选择"
    if len(data) > MOST_BYTES:
        return f"图片超过 {MOST_BYTES // MEGABYTE} MB，请截屏后上传截图，或用较低的清晰度拍照"
    head = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if data[4:8] == b"ftyp":
        return HEIC if data[8:12] in HEIC_BRANDS else f"这是视频或其他格式的文件，{WANTED}"
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return ""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ""
    return next((why for mark, why in STRANGERS if head.startswith(mark)), f"这不是图片，{WANTED}")


def _why_not_size(image: Image.Image) -> str:
    """Said before a single pixel is decoded."""
    width, height = image.size
    in_parts = image.format in {"JPEG", "MPO"} and not image.info.get("progressive")
    most = MOST_PIXELS_IN_PARTS if in_parts else MOST_PIXELS
    if width * height > most or max(width, height) > LONGEST_SIDE:
        return f"图片有 {width}×{height} 像素，太大了，请截取需要的部分后再上传"
    if min(width, height) < SHORTEST_SIDE:
        return f"图片只有 {width}×{height} 像素，看不清内容，请上传原图"
    return ""


def _small(image: Image.Image) -> Image.Image:
    """Of no more pixels than are kept, upright, without transparency."""
    scale = min(1.0, sqrt(KEPT_PIXELS / (image.width * image.height)))
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    image.draft("RGB", size)
    image.load()
    has_alpha = image.has_transparency_data
    # Shrunk first, in few copies: the flattening below is then done on little.
    if image.mode not in {"L", "RGB", "RGBA"}:
        image = image.convert("RGBA" if has_alpha else "RGB")
    image.thumbnail(size, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(image)
    if not has_alpha:
        return upright.convert("RGB")
    ground = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(ground, upright.convert("RGBA")).convert("RGB")


def _encoded(image: Image.Image) -> Clean:
    # Nothing of the old file goes along: no EXIF, no profile, no comment.
    image.info.clear()
    target = BytesIO()
    image.save(target, "JPEG", quality=QUALITY, optimize=True)
    return Clean(target.getvalue(), image.width, image.height)
