"""承诺书: the text that somebody signs who stays out, with places for what differs from person to person."""

import re
from collections.abc import Mapping

TITLE = "不参加大学生医疗保险承诺书"
BLANKS = ("姓名", "学号", "学院", "专业", "班级", "学年", "计划", "保障期", "原因")
"""What may stand in braces: {姓名}."""
WANTED = ("姓名", "原因")
LONGEST = 3000
BLANK = re.compile(r"\{([^{}\n]*)\}")

DEFAULT = """\
本人{姓名}，学号 {学号}，{学院}{班级}学生，已了解{学年}学年大学生医疗保险的参保对象、缴费标准和待遇，决定不在学校参保。

不参保的原因：{原因}。

本人清楚并同意：

一、不在学校参保，{保障期}期间发生的门诊、住院等医疗费用，学校的大学生医保不予报销。

二、错过集中参保的时间后再参保，可能有等待期，待遇从何时开始以当地医保部门的规定为准。

三、以上原因和提交的材料真实。已在其他地方参保的，本人会保证参保不中断；情况有变化时及时告诉辅导员。

四、因填写不实或自愿放弃造成的后果，由本人承担。

以上决定由本人自愿作出。"""


def default_text() -> str:
    """What a new plan starts from."""
    return DEFAULT


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its blanks filled; whatever else stands in braces stays as it is."""
    return BLANK.sub(lambda found: values.get(found[1], found[0]), text)


def why_not_text(text: str) -> str:
    """What is wrong with a text that is to be signed; "" if nothing is."""
    if not text.strip():
        return "请填写承诺书正文，或取消“不参保须签署承诺书”"
    if len(text) > LONGEST:
        return f"承诺书最多 {LONGEST} 个字，现在是 {len(text)} 个，请删短一些"
    strange = [name for name in BLANK.findall(text) if name not in BLANKS]
    if strange:
        known = "、".join(f"{{{name}}}" for name in BLANKS)
        return f"不认识“{{{strange[0]}}}”，可以使用的有：{known}"
    missing = [name for name in WANTED if f"{{{name}}}" not in text]
    if missing:
        return f"正文里要有“{{{missing[0]}}}”，系统会换成学生的{missing[0]}"
    return ""
