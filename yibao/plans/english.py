"""What a school calls its plans and their parts in English, for students who read that.

A plan keeps it as one table from the Chinese to the English, so that a name needs it once, wherever it stands. What
is left empty is read as the catalogue has it (common/english), else in Chinese.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from yibao.common.english.catalogue import HAN, PLACE, is_known, lines_of, reading_of
from yibao.plans.models import InsurancePlan

LONGEST = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Text:
    """Something of a plan that students read."""

    label: str
    chinese: str
    is_long: bool = False

    @property
    def usual(self) -> str:
        """As the catalogue has it; "" if it does not know it."""
        places = dict.fromkeys(PLACE.findall(self.chinese))
        marks = {f"Q{n}Z": f"{{{place}}}" for n, place in enumerate(places)}
        plain = self.chinese
        for mark, place in marks.items():
            plain = plain.replace(place, mark)
        if not all(is_known(line) for line in lines_of(plain)):
            return ""
        read = "\n\n".join(reading_of(plain))
        for mark, place in marks.items():
            read = read.replace(mark, place)
        return read


def texts(plan: InsurancePlan) -> list[Text]:
    """All of a plan, each once, in the order of the editor."""
    found = [Text("计划名称", plan.name), Text("参保说明", plan.instructions, is_long=True)]
    for kind in plan.types.all():
        found += [Text("参保类型", kind.name), Text("分组", kind.group)]
    for rule in plan.fee_rules.all():
        found += [Text("认定类别", rule.category), Text("由谁承担", rule.payer)]
    found += [Text("审核环节", step.name) for step in plan.steps.all()]
    for evidence in plan.evidence_kinds.all():
        found += [Text("证明材料", evidence.name), Text("拍摄要求", evidence.hint)]
    found += [Text("不参保原因", reason.name) for reason in plan.reasons.all()]
    if plan.statement_required:
        found.append(Text("承诺书正文", plan.statement_text, is_long=True))
    once = {text.chinese: text for text in reversed(found) if HAN.search(text.chinese)}
    return list(reversed(once.values()))


def lacking(plan: InsurancePlan) -> list[Text]:
    """What stays Chinese."""
    said = plan.english
    return [text for text in texts(plan) if not said.get(text.chinese) and not text.usual]


def why_not(text: Text, english: str) -> str:
    """What is wrong with an English text; nothing at all is well."""
    longest = LONGEST_TEXT if text.is_long else LONGEST
    if len(english) > longest:
        return f"最多 {longest} 个字符，现在是 {len(english)} 个，请删短一些"
    here, there = len(lines_of(english)), len(lines_of(text.chinese))
    if english and here != there:
        return f"段落要和中文一一对应：中文 {there} 段，英文 {here} 段"
    strange = set(PLACE.findall(english)) - set(PLACE.findall(text.chinese))
    return f"中文里没有“{{{min(strange)}}}”，请改正" if strange else ""


def own_words() -> Mapping[str, str]:
    """What all plans say together; of two that differ the later year's."""
    plans = InsurancePlan.objects.published().exclude(english={})
    found: dict[str, str] = {}
    for said in plans.order_by("academic_year", "pk").values_list("english", flat=True):
        found |= said
    return found
