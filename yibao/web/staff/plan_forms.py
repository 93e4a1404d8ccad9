"""The forms of the plan editor: one per section. They say faults at the field and write nothing."""

import re
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.utils.timezone import localdate, make_aware

from yibao.accounts.models import User
from yibao.payments.providers.base import label, provider_names
from yibao.people.codes import ON_ROLL, Origin, RosterStatus, TrainingLevel
from yibao.plans import faults, statement
from yibao.plans.amending import Locks
from yibao.plans.english import texts, why_not
from yibao.plans.models import InsurancePlan
from yibao.plans.sections import Section
from yibao.plans.targets import campuses_to_choose, grades_to_choose

BEIJING = "北京时间"
LONGEST_TEXT = 5000
DIGITS = 3
MORNING, NIGHT = time(8, 0), time(23, 59)
FIRST_DAY, APPLYING, PAYING = 7, 37, 52
"""Days from today in a proposal: applying begins, ends, and paying ends."""


def moment_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateTimeField:
    """A point in time in the school's zone."""
    return forms.DateTimeField(label=label, required=required, help_text=help_text)


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """A day by the browser's own chooser."""
    return forms.DateField(
        label=label, widget=forms.DateInput, required=required, help_text=help_text
    )


class SectionForm(forms.Form):
    """A section of a plan: starts from what stands there; what may not change says why."""

    def __init__(
        self,
        data: Any,
        *,
        section: Section,
        plan: InsurancePlan,
        by: User,
        locks: Locks | None = None,
    ):
        super().__init__(data, initial={name: getattr(plan, name) for name in section.fields})
        self.plan, self.by = plan, by
        for name, field in self.fields.items():
            if locks and (why := locks.field(name)):
                field.disabled = True
                field.help_text = why

    def clean(self):
        """Ask what is wrong with the values taken together."""
        cleaned = super().clean()
        for name, sentence in faults.value_faults(cleaned).items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, sentence)
        return cleaned


class BasicsForm(SectionForm):
    """基本信息与说明."""

    name = forms.CharField(
        label="计划名称",
        max_length=80,
        help_text="学生和老师看到的名称，例如 2026-2027 学年大学生医保",
    )
    academic_year = forms.IntegerField(
        label="学年",
        min_value=faults.YEARS.start,
        max_value=faults.YEARS.stop - 1,
        help_text="填开始的年份，2026 表示 2026-2027 学年",
    )
    instructions = forms.CharField(
        label="参保说明",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="学生申请时看到，写明待遇、截止时间和咨询方式",
    )

    def clean_name(self):
        """One line, not taken by another plan."""
        name = " ".join(self.cleaned_data["name"].split())
        if self.plan.name != name and InsurancePlan.objects.visible_to(self.by).filter(name=name):
            raise forms.ValidationError("已有同名的计划，请换一个名称，例如加上学年")
        return name


class WindowsForm(SectionForm):
    """时间."""

    apply_from = moment_field("申请开始时间")
    apply_until = moment_field("申请截止时间")
    pay_from = moment_field("缴费开始时间")
    pay_until = moment_field("缴费截止时间")
    coverage_start = day_field("参保开始日期")
    coverage_end = day_field("参保结束日期")
    freshman_coverage_start = day_field(
        "新生参保开始日期", required=False, help_text="一年级学生与其他人不同时填写，如 9 月 1 日起"
    )
    freshman_coverage_end = day_field("新生参保结束日期", required=False)


class DaysField(forms.CharField):
    """Whole numbers in a line: 7、3、1."""

    def prepare_value(self, value):
        """As it is read."""
        return "、".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value):
        """The largest first, whatever stands between them."""
        parts = re.findall(r"[^、，,；;\s]+", super().to_python(value))
        if not all(part.isascii() and part.isdecimal() and len(part) <= DIGITS for part in parts):
            raise forms.ValidationError("请填写天数，用顿号隔开，如 7、3、1")
        return sorted((int(part) for part in parts), reverse=True)

    def validate(self, value):
        """None at all is a choice too."""

    def run_validators(self, value):
        """Those of text do not fit a list."""


class RemindersForm(SectionForm):
    """截止提醒."""

    reminder_days = DaysField(
        label="截止前几天提醒",
        required=False,
        help_text="用顿号隔开，如 7、3、1；填 0 表示截止当天，留空表示不自动提醒",
    )


class RatesForm(SectionForm):
    """参保率上报."""

    rate_reporting = forms.BooleanField(
        label="按年级、学院逐级上报参保率",
        required=False,
        help_text="辅导员提交年级参保率，学院审核后提交学院参保率，学校审核",
    )
    rate_from = moment_field("上报开始时间", required=False, help_text="上报参保率时必填")
    rate_until = moment_field("上报截止时间", required=False, help_text="上报参保率时必填")


class TargetsForm(SectionForm):
    """参保对象."""

    training_levels = forms.MultipleChoiceField(
        label="培养层次", choices=TrainingLevel, widget=forms.CheckboxSelectMultiple
    )
    grades = forms.TypedMultipleChoiceField(
        label="年级",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不勾选表示不限，以后入学的年级也在内",
    )
    campuses = forms.MultipleChoiceField(
        label="校区",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不勾选表示不限；校区来自学生名册",
    )
    origins = forms.MultipleChoiceField(
        label="国籍或地区",
        choices=Origin,
        widget=forms.CheckboxSelectMultiple,
        help_text="按证件类型判断；还没有证件类型的学生按中国大陆算",
    )
    roster_statuses = forms.MultipleChoiceField(
        label="学籍状态",
        choices=RosterStatus,
        widget=forms.CheckboxSelectMultiple,
        help_text="休学和保留学籍的学生仍在籍，通常也要参保",
    )

    def __init__(self, *args: Any, **kwargs):
        super().__init__(*args, **kwargs)
        grades, campuses = grades_to_choose(self.plan), campuses_to_choose(self.plan)
        self.fields["grades"].choices = [(grade, f"{grade} 级") for grade in grades]
        self.fields["campuses"].choices = [(campus, campus) for campus in campuses]
        if not campuses:
            del self.fields["campuses"]


class ChannelsForm(SectionForm):
    """支付渠道."""

    channels = forms.MultipleChoiceField(
        label="支付渠道",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="现金由辅导员代收；金额为 0 的计划可以不选",
    )

    def __init__(self, *args: Any, **kwargs):
        super().__init__(*args, **kwargs)
        # A channel that was switched off since stays visible as long as the plan names it.
        names = list(dict.fromkeys([*provider_names(), *self.plan.channels]))
        self.fields["channels"].choices = [(name, label(name)) for name in names]


class ReviewForm(SectionForm):
    """审核流程: what is said of the chain as a whole."""

    resume_after_return = forms.BooleanField(
        label="退回后从退回的环节继续审核",
        required=False,
        help_text="不勾选时，学生重新提交后从第一个环节开始审核",
    )


class StatementForm(SectionForm):
    """承诺书."""

    statement_required = forms.BooleanField(
        label="不参保须签署承诺书",
        required=False,
        help_text="学生在手机上阅读后手写签名，生成可查验的 PDF；代登记的由学生本人补签",
    )
    statement_text = forms.CharField(
        label="承诺书正文",
        required=False,
        max_length=statement.LONGEST,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text="系统会替换："
        + "、".join(f"{{{name}}}" for name in statement.BLANKS)
        + "；标题和签名处由系统加上",
    )


class EnglishForm(SectionForm):
    """英文: a field for each text of the plan that students read."""

    def __init__(self, *args: Any, **kwargs):
        super().__init__(*args, **kwargs)
        self.texts = {
            f"t{sha256(t.chinese.encode()).hexdigest()[:12]}": t for t in texts(self.plan)
        }
        for name, text in self.texts.items():
            shown = {"lang": "en", "placeholder": text.usual, "rows": 8 if text.is_long else 1}
            self.fields[name] = forms.CharField(
                label=text.label if text.is_long else f"{text.label}：{text.chinese}",
                required=False,
                widget=(forms.Textarea if text.is_long else forms.TextInput)(attrs=shown),
                help_text="" if text.usual else "还没有英文，学生看到中文",
            )
            self.initial[name] = self.plan.english.get(text.chinese, "")

    def clean(self):
        """One table; what is wrong stands at its field."""
        given = {self.texts[name]: value for name, value in self.cleaned_data.items()}
        for name, text in self.texts.items():
            if why := why_not(text, given.get(text, "")):
                self.add_error(name, why)
        said = {text.chinese: value.strip() for text, value in given.items() if value.strip()}
        return {"english": said}


class NewPlanForm(BasicsForm, WindowsForm):
    """新建: what a plan cannot be without. Everything else has a usual value and its section."""

    field_order = (
        "name",
        "academic_year",
        *(name for pair in faults.WINDOWS for name in pair[:2]),
        "instructions",
    )


SECTION_FORMS: dict[str, type[SectionForm]] = {
    "basics": BasicsForm,
    "windows": WindowsForm,
    "reminders": RemindersForm,
    "targets": TargetsForm,
    "review": ReviewForm,
    "rates": RatesForm,
    "channels": ChannelsForm,
    "statement": StatementForm,
    "english": EnglishForm,
}


def proposal() -> InsurancePlan:
    """An unsaved plan with usual values for a start today."""
    today = localdate()

    def at(days: int, hour: time) -> datetime:
        return make_aware(datetime.combine(today + timedelta(days=days), hour))

    year = today.year
    return InsurancePlan(
        name=f"{year}-{year + 1} 学年大学生医保",
        academic_year=year,
        apply_from=at(FIRST_DAY, MORNING),
        apply_until=at(APPLYING, NIGHT),
        pay_from=at(FIRST_DAY, MORNING),
        pay_until=at(PAYING, NIGHT),
        coverage_start=date(year + 1, 1, 1),
        coverage_end=date(year + 1, 12, 31),
        training_levels=[level.value for level in TrainingLevel],
        roster_statuses=[status.value for status in ON_ROLL],
        channels=provider_names(),
    )
