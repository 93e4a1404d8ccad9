"""Is an uploaded file an ordinary .xlsx at all? Asked before any parser sees it, of its content.

Nothing is believed because of a file's name, and nothing but the ZIP directory is read here.
"""

import re
import zipfile
from pathlib import Path

from yibao.common.errors import Refused, refuse_if

MEGABYTE = 1 << 20
MOST_BYTES = 30 * MEGABYTE
MOST_MEMBERS = 1000
MOST_UNZIPPED = 200 * MEGABYTE
MOST_RATIO = 100
"""A sheet of 50,000 rows that repeat each other shrinks to about a fortieth."""

SAVE_AS = "请在 Excel 或 WPS 中另存为“Excel 工作簿（*.xlsx）”后再上传"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_FLAG = 0x1


def check(path: Path) -> None:
    """Refuse what is no ordinary .xlsx, with what the person can do about it."""
    size = path.stat().st_size
    if size == 0:
        raise Refused("文件是空的（0 字节），请重新选择文件")
    if size > MOST_BYTES:
        raise Refused(
            f"文件超过 {MOST_BYTES // MEGABYTE} MB，请删去图片等无关内容或分成几个文件上传"
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.startswith(b"PK"):
        refuse_if(_why_not_zip(head, path))
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_if(_why_not_archive(archive))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as broken:
        raise Refused("文件不完整或已损坏，可能没有传完，请重新保存后再上传") from broken


def _why_not_zip(head: bytes, path: Path) -> str:
    if head.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
            return f"文件设了打开密码，请去掉密码后再上传；{SAVE_AS}"
        return f"这是旧版 Excel 文件（.xls），{SAVE_AS}"
    if head.startswith(b"%PDF"):
        return f"这是 PDF 文件，不是 Excel 表格，{SAVE_AS}"
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if re.match(rb"<(\?xml|!doctype|html|table|meta|head|body)", text.replace(b"\0", b"")):
        return f"这是改了扩展名的网页或 XML 文件，不是 Excel 表格，{SAVE_AS}"
    if b"," in head or b"\t" in head:
        return f"这是改了扩展名的文本（CSV）文件，不是 Excel 表格，{SAVE_AS}"
    return f"这不是 Excel 表格，{SAVE_AS}"


def _why_not_archive(archive: zipfile.ZipFile) -> str:
    members = archive.infolist()
    names = {member.filename for member in members}
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        return f"文件加了密，请去掉密码后再上传；{SAVE_AS}"
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNZIPPED:
        return "文件解开后过大，请删去图片、空行空列等无关内容后再上传"
    if any(
        m.file_size > MEGABYTE and m.file_size > MOST_RATIO * max(1, m.compress_size)
        for m in members
    ):
        return "文件压缩得异常紧密，解开后过大；请把数据复制到一个新表格中再上传"
    return _why_not_workbook(names)


def _why_not_workbook(names: set[str]) -> str:
    if "xl/vbaProject.bin" in names:
        return f"文件带有宏（.xlsm），{SAVE_AS}"
    if "xl/workbook.bin" in names:
        return f"这是二进制工作簿（.xlsb），{SAVE_AS}"
    if "xl/workbook.xml" in names:
        return ""
    if "content.xml" in names:
        return f"这是 OpenDocument 表格（.ods），{SAVE_AS}"
    if "word/document.xml" in names:
        return f"这是 Word 文档，不是 Excel 表格，{SAVE_AS}"
    return f"这是压缩文件，不是 Excel 表格，{SAVE_AS}"
