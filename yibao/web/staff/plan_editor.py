"""The plan editor: one address per section, each with a form, its rows, and what is odd about it."""

from copy import copy
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from yibao.common.errors import refuse_if
from yibao.enrolment.amending import underway_of, why_not_narrow
from yibao.payments.repricing import PRICES, amend_plan
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans import flow, rules
from yibao.plans.amending import Locks
from yibao.plans.editing import Edit, seen
from yibao.plans.fee_table import Row, fee_table
from yibao.plans.models import FeeRule, InsurancePlan, ReviewStep
from yibao.plans.sections import SECTIONS, Section
from yibao.plans.states import PlanStatus
from yibao.plans.targets import counted
from yibao.plans.windows import bars, notes, windows
from yibao.web.staff.plan_forms import SECTION_FORMS, NewPlanForm, TargetsForm, proposal
from yibao.web.staff.plan_rail import Rail, rail_of
from yibao.web.staff.plan_rows import categories, rows_of

NEW = Section(
    "new", "新建医保计划", fields=(*SECTIONS["basics"].fields, *SECTIONS["windows"].fields)
)
HINTS = {
    "basics": "名称和说明会显示给学生。",
    "windows": "时间以北京时间为准；到点自动开始和截止，无需人工操作。各环节的审核时间在“审核流程”里填。",
    "reminders": "到这些天的上午，系统自动提醒未登记的学生（申请截止前）和未缴费的学生（缴费截止前），并把人数告诉辅导员。",
    "targets": "各项条件同时满足的学生是参保对象；开放时为他们建立登记，此后随学生名册自动增减。",
    "types": "金额可以是任意数，如 533。同一分组的类型只能选一种，如一档、二档；不同分组可以同时参保。",
    "review": "按行的顺序逐级审核，可以没有，也可以同一级别有两个环节。审核时间可不填，表示不限。",
    "rates": "打开后，年级参保率要在未登记人数为 0 时由辅导员提交。",
    "channels": "学生可以使用的缴费方式。",
    "evidence": "不参保的学生可能要拍照上传的材料，先在这里列出，再到“不参保原因”里选每个原因要交哪些。没有可以不填。",
    "reasons": (
        "学生选择不参保时从这里选一个原因。统计口径决定怎样计入参保率："
        "“已在校外参保”计入综合参保率，不计入在校参保率；“放弃参保”两个参保率都不计入；"
        "“不计入应参保人数”从分母里减去。"
    ),
    "statement": "选择不参保的学生在提交前阅读并签署。计划开放后不能再改，签署时的文字随签名一起保存。",
    "english": "选择 English 的学生看到这里的译文。灰色的是系统已有的译文，满意就不用填；都没有的显示中文。长文字按段落一一对应，承诺书里的 {姓名} 等照样保留；承诺书以中文为准。",
    "fees": "已认定的学生按最优惠的一条计算；“全部”表示不限类别或类型。也可以直接点下面表里的一格，为这一类学生设置这一种参保类型。",
}

TIMED = {"windows", "review", "rates", "reminders"}
"""Sections in which times are entered."""
TO_COPY = 4
ROW_WORDS = {
    "types": "参保类型",
    "steps": "审核环节",
    "evidence_kinds": "证明材料",
    "reasons": "原因",
    "fee_rules": "规则",
}


def plan_new(request):
    """新建: name, year and times; everything else starts from usual values."""
    refuse_if("" if holds(request.user, Level.SCHOOL) else rules.OFFICE_ONLY)
    plan = proposal()
    form = NewPlanForm(request.POST or None, section=NEW, plan=plan, by=request.user)
    if request.method == "POST" and form.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(plan, name, value)
        made = flow.create_plan(plan, by=request.user)
        messages.success(request, f"已新建草稿“{made}”，请继续填写参保类型和审核流程")
        return redirect("staff:plan_edit", pk=made.pk, key="targets")
    page = {"form": form, "plans": InsurancePlan.objects.visible_to(request.user)[:TO_COPY]}
    return render(request, "staff/plans/new.html", page, status=422 if form.errors else 200)


def plan_edit(request, pk, key):
    """编辑 one section."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    section = SECTIONS.get(key)
    if section is None:
        raise Http404
    if reason := rules.why_not_change(plan, request.user):
        messages.warning(request, reason)
        return redirect("staff:plan", pk=plan.pk)
    editor = Editor(plan, section, request)
    if "preview" in request.POST:
        return editor.preview()
    if request.method == "POST" and editor.is_valid():
        editor.save()
        return redirect("staff:plan_edit", pk=plan.pk, key=editor.goes_to())
    return render(
        request,
        "staff/plans/edit.html",
        editor.context(),
        status=422 if editor.has_faults else 200,
    )


class Editor:
    """A section of a plan with its form and its rows."""

    def __init__(self, plan: InsurancePlan, section: Section, request: Any):
        self.plan, self.section, self.request = plan, section, request
        data = request.POST if request.method == "POST" else None
        self.locks = Locks(plan, section, underway_of(plan))
        self.mark = seen(plan, section)
        self.fault = ""
        form_class = SECTION_FORMS.get(section.key)
        self.form: Any = form_class and form_class(
            data, section=section, plan=plan, by=request.user, locks=self.locks
        )
        self.rows = rows_of(section.part, plan, data, locks=self.locks) if section.part else None

    def is_valid(self) -> bool:
        """Both are asked, so that all faults are shown at once."""
        answers = [part.is_valid() for part in (self.form, self.rows) if part is not None]
        if self.request.POST.get("mark", self.mark) != self.mark:
            # Said here and not by the verb, so that nothing entered is lost.
            self.fault = "这一节刚刚被他人修改过。您填写的内容还在下面，请打开计划核对后再次保存"
        if all(answers) and not self.fault:
            self.fault = why_not_narrow(self.plan, self.edit)
        return all(answers) and not self.fault

    @property
    def has_faults(self) -> bool:
        """Whether something entered was wrong."""
        return self.request.method == "POST"

    @property
    def edit(self) -> Edit:
        """What was entered."""
        return Edit(
            values=self.form.cleaned_data if self.form else {},
            rows=self.rows.values() if self.rows is not None else (),
            mark=self.mark,
        )

    def save(self) -> None:
        """Hand it to the verb; of an open plan say which version it has become."""
        was = self.plan.version
        saved = amend_plan(self.plan, self.section, self.edit, by=self.request.user)
        version = f"，计划现在是第 {saved.version} 版" if saved.version != was else ""
        messages.success(self.request, f"{self.section.label}已保存{version}")

    @property
    def consequence(self) -> str:
        """What a new price or rule means while people are under way."""
        underway = self.locks.underway
        if self.section.part not in PRICES or not underway.submitted:
            return ""
        return (
            f"已有 {underway.submitted} 人提交，其中 {underway.insured} 人已参保。改动金额或减免后，"
            "还没有下单的立即按新金额重算并通知本人；已下单或已缴费的不会自动改变，转为差额由财务逐一处理。"
        )

    def goes_to(self) -> str:
        """保存 stays, 保存并继续 goes on."""
        following = self.rail.following
        further = self.request.POST.get("go") == "next" and following is not None
        return following.section.key if further and following else self.section.key

    @cached_property
    def chain(self) -> list[ReviewStep]:
        """The steps as they are stored."""
        return list(self.plan.steps.all())

    @cached_property
    def rail(self) -> Rail:
        """Where one is, and what is still missing."""
        return rail_of(self.plan, self.section, self.chain)

    def as_entered(self) -> tuple[InsurancePlan, list[ReviewStep]]:
        """The times of the plan as far as what was entered can be read; nothing is stored."""
        plan = copy(self.plan)
        if self.form is not None:
            self.form.is_valid()
            for name, value in self.form.cleaned_data.items():
                setattr(plan, name, getattr(plan, name) if value is None else value)
        if self.section.part != "steps" or not self.rows.is_valid():
            return plan, self.chain
        entered = [{k: v for k, v in row.items() if k != "pk"} for row in self.rows.values()]
        return plan, [
            ReviewStep(plan=plan, position=place, **row) for place, row in enumerate(entered, 1)
        ]

    def times(self, plan: InsurancePlan, chain: list[ReviewStep]) -> dict[str, Any]:
        """All windows, and what is odd about them; empty where no time is entered."""
        if self.section.key not in TIMED:
            return {}
        return {"bars": bars(windows(plan, chain)), "notes": notes(plan, chain)}

    def fee_table(self) -> list[Row]:
        """What the rules as entered come to; nothing while they are not complete."""
        if self.section.key != "fees":
            return []
        if self.request.method != "POST":
            return fee_table(self.plan, list(self.plan.fee_rules.all()))
        if not self.rows.is_valid():
            return []
        entered = [{k: v for k, v in row.items() if k != "pk"} for row in self.rows.values()]
        return fee_table(self.plan, [FeeRule(plan=self.plan, **row) for row in entered])

    def preview(self) -> HttpResponse:
        """What the page says of what was entered so far; nothing is stored."""
        if self.section.key == "fees":
            shown = {"fee_table": self.fee_table(), "editable": not self.locks.add}
            return render(self.request, "staff/plans/_fee_table.html", shown)
        shown = {"plan": self.plan} | self.times(*self.as_entered())
        return render(self.request, "staff/plans/_times.html", shown)

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        return self.times(self.plan, self.chain) | {
            "plan": self.plan,
            "status": PlanStatus(self.plan.status),
            "section": self.section,
            "row_word": ROW_WORDS.get(self.section.part, ""),
            "hint": HINTS[self.section.key],
            "rail": self.rail,
            "form": self.form,
            "rows": self.rows,
            "mark": self.mark,
            "fault": self.fault,
            "locks": self.locks,
            "fee_table": self.fee_table(),
            "editable": not self.locks.add,
            "consequence": self.consequence,
            "categories": categories() if self.section.part == "fee_rules" else [],
            "counted": counted(self.plan) if self.section.key == "targets" else None,
        }


def plan_targets(request, pk):
    """The live count beside 参保对象, of what is ticked and not yet saved."""
    plan = get_object_or_404(InsurancePlan.objects.visible_to(request.user), pk=pk)
    form = TargetsForm(request.GET, section=SECTIONS["targets"], plan=plan, by=request.user)
    form.is_valid()
    for name in form.fields:
        setattr(plan, name, form.cleaned_data.get(name, []))
    return render(request, "staff/plans/_counted.html", {"counted": counted(plan)})
