"""Photos that come in: what is refused, with which words, and what is left of the rest."""

import random
import zlib
from datetime import timedelta
from io import BytesIO

import pytest
from cryptography.exceptions import InvalidTag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils.timezone import now
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.factories import make_class, make_student
from yibao.common import crypto, pictures
from yibao.common.errors import Refused
from yibao.common.models import Picture


def photo(size=(400, 300), kind="JPEG", color=(200, 30, 30), mode="RGB", **saved) -> bytes:
    """A picture of one colour, black in its upper left quarter."""
    image = Image.new(mode, size, color)
    image.paste(0 if mode == "L" else (0,) * 3 + (255,) * (len(mode) - 3), (0, 0, 100, 100))
    target = BytesIO()
    image.save(target, kind, **saved)
    return target.getvalue()


def upload(data: bytes, name="IMG_0001.JPG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def opened(made: pictures.Clean) -> Image.Image:
    return Image.open(BytesIO(made.content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_plain_jpeg_of_the_same_look(kind):
    made = pictures.cleaned(photo(kind=kind))
    image = opened(made)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (400, 300))
    assert (made.width, made.height) == (400, 300)
    assert (
        max(abs(a - b) for a, b in zip(image.getpixel((350, 250)), (200, 30, 30), strict=True)) < 8
    )


def test_where_it_was_taken_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010E] = "350102200503021234"
    exif.get_ifd(0x8825)[1] = "N"
    made = pictures.cleaned(photo(exif=exif, comment=b"350102200503021234"))
    image = opened(made)
    assert image.size == (300, 400)
    assert max(image.getpixel((290, 10))) < 20  # its upper left is now upper right
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"350102200503021234" not in made.content


def test_a_profile_and_texts_of_a_png_do_not_go_along():
    texts = PngInfo()
    texts.add_text("Comment", "<script>alert(1)</script>")
    made = pictures.cleaned(photo(kind="PNG", pnginfo=texts, icc_profile=b"p" * 200))
    assert set(opened(made).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_what_hangs_on_to_a_picture_is_left_behind():
    page = b"<html><script>alert(1)</script></html>PK\x03\x04"
    for kind in ("JPEG", "PNG"):
        assert b"script" not in pictures.cleaned(photo(kind=kind) + page).content


def test_transparent_is_white():
    made = pictures.cleaned(photo(kind="PNG", mode="RGBA", color=(0, 0, 0, 0)))
    assert min(opened(made).getpixel((350, 250))) > 247


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "I;16", "LA"])
def test_every_kind_of_colour_is_understood(mode):
    target = BytesIO()
    kind = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (300, 300)).save(target, kind)
    assert opened(pictures.cleaned(target.getvalue())).mode == "RGB"


def test_a_large_photo_is_made_smaller_but_stays_readable():
    made = pictures.cleaned(photo((4000, 3000)))
    assert (made.width, made.height) == (2000, 1500)


def test_a_long_screenshot_keeps_its_shape():
    made = pictures.cleaned(photo((1080, 6000), kind="PNG"))
    assert made.width == pytest.approx(735, abs=2)
    assert made.height == pytest.approx(4082, abs=8)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的，请重新选择"),
        (HEIC, pictures.HEIC),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 50, "这是视频或其他格式的文件"),
        (b"%PDF-1.7\n", "这是 PDF 文件"),
        (b"GIF89a" + b"\0" * 50, "这是 GIF 动图"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "这是网页或矢量图"),
        (b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg'/>", "这是网页或矢量图"),
        (b"PK\x03\x04" + b"\0" * 50, "这是压缩包或文档"),
        (b"MZ\x90\0", "这不是图片"),
        (b"hello", "这不是图片"),
        (photo()[:600], pictures.DAMAGED),
        (photo(kind="PNG")[:200], pictures.DAMAGED),
        (b"\xff\xd8\xff" + b"A" * 500, pictures.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, pictures.DAMAGED),
        (b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 100, pictures.DAMAGED),
        (photo((199, 300)), "图片只有 199×300 像素，看不清内容"),
        (b"\xff\xd8\xff" + b"\0" * (15 << 20), "图片超过 15 MB"),
    ],
)
def test_what_is_no_photo_is_told_apart(data, sentence):
    with pytest.raises(Refused, match=sentence.replace("（", ".").replace("›", ".")):
        pictures.cleaned(data)


def claimed_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says how large it is; there is nothing behind it."""
    data = bytearray(photo(kind="PNG"))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("size", [(50_000, 50_000), (4_001, 4_001), (30_001, 300), (2**31 - 1, 1)])
def test_a_picture_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(size):
    with pytest.raises(Refused, match=r"像素，太大了|已损坏"):
        pictures.cleaned(claimed_size(*size))


def test_a_phones_largest_photo_fits_but_not_if_it_must_be_decoded_whole():
    pictures.cleaned(photo((9000, 8000), mode="L", color=30, quality=1))
    with pytest.raises(Refused, match="像素，太大了"):
        pictures.cleaned(photo((4200, 4000), progressive=True))


def test_no_damage_of_any_kind_is_ours():
    """Bytes turned over at random: a picture, or a refusal, never a traceback."""
    dice = random.Random(7)
    sources = [photo(kind=kind) for kind in ("JPEG", "PNG", "WEBP")]
    refused = 0
    for _ in range(400):
        data = bytearray(dice.choice(sources))
        for _ in range(dice.randint(1, 12)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            pictures.cleaned(bytes(data[: dice.choice([len(data), dice.randrange(len(data))])]))
        except Refused:
            refused += 1
    assert 100 < refused < 400


@pytest.fixture
def person(db):
    return make_student(make_class()).user


def test_it_is_stored_sealed_and_opens_again(person):
    picture = pictures.keep(upload(photo()), by=person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM common_picture")
        [[raw]] = cursor.fetchall()
    assert b"JFIF" not in bytes(raw)
    assert Picture.objects.get(pk=picture.pk).content.startswith(b"\xff\xd8\xff")
    with pytest.raises(InvalidTag):
        crypto.unseal_bytes(bytes(raw), "another.column")


def test_it_waits_for_its_sender_alone(person):
    other = make_student(make_class()).user
    picture = pictures.keep(upload(photo()), by=person)
    assert pictures.waiting(picture.public_id, by=person) == picture
    assert pictures.waiting(picture.public_id, by=other) is None
    with pytest.raises(Refused, match="请重新上传"):
        pictures.use(picture, by=other)


def test_it_is_used_once(person):
    picture = pictures.keep(upload(photo()), by=person)
    assert pictures.use(picture, by=person).is_used
    assert pictures.waiting(picture.public_id, by=person) is None
    with pytest.raises(Refused, match="已被使用"):
        pictures.use(picture, by=person)


def test_what_nobody_came_back_for_is_gone_after_a_day(person):
    old, used = (pictures.keep(upload(photo()), by=person) for _ in range(2))
    pictures.use(used, by=person)
    Picture.objects.update(at=now() - timedelta(hours=pictures.HOURS, minutes=1))
    assert pictures.waiting(old.public_id, by=person) is None
    new = pictures.keep(upload(photo()), by=person)
    assert set(Picture.objects.values_list("pk", flat=True)) == {used.pk, new.pk}


def test_the_size_is_judged_before_the_file_is_read(person):
    class Endless(SimpleUploadedFile):
        def read(self, *_args):
            raise AssertionError

    file = Endless("x.jpg", b"")
    file.size = pictures.MOST_BYTES + 1
    with pytest.raises(Refused, match="图片超过 15 MB"):
        pictures.keep(file, by=person)
