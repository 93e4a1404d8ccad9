"""班级群文字: what staff paste into the group of a class, with names masked."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from yibao.enrolment.states import Status
from yibao.grid.query import GridQuery
from yibao.people.identity import mask_name
from yibao.plans.models import InsurancePlan
from yibao.plans.words import moment
from yibao.web.staff.enrolments import EnrolmentGrid, UnregisteredGrid

LISTS = {grid.key: grid for grid in (UnregisteredGrid, EnrolmentGrid)}
WAITING = [Status.UNREGISTERED, Status.RETURNED, Status.AWAITING_PAYMENT]
MOST_CLASSES = 60
TAIL = 3  # digits of a student number that tell two 王*明 apart


@dataclass
class ClassText:
    """What goes into the group of a class: who has something to do, by masked name."""

    name: str
    register: list[str] = field(default_factory=list)
    pay: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        """How many are named."""
        return len(self.register) + len(self.pay)

    def add(self, status: str, named: str) -> None:
        """Name somebody under what they have to do."""
        (self.pay if status == Status.AWAITING_PAYMENT else self.register).append(named)

    def text(self, plan: InsurancePlan) -> str:
        """As it is pasted."""
        lines = [f"【{plan}】{self.name}"]
        for what, people, ends in (
            ("登记", self.register, plan.apply_until),
            ("缴费", self.pay, plan.pay_until),
        ):
            if people:
                names = "、".join(people)
                lines.append(f"还有 {len(people)} 人没有{what}（{moment(ends)} 截止）：{names}")
        lines.append(f"请登录办理：{settings.PUBLIC_URL}/")
        return "\n".join(lines)


@require_safe
def group_text(request, key):
    """For each class of a list, as it was filtered, the text for its group."""
    if key not in LISTS:
        raise Http404
    grid_class = LISTS[key]
    grid = grid_class(request.user, GridQuery.read(request.GET, grid_class.params))
    texts = texts_of(grid.narrowed)
    left_out = len(texts) - MOST_CLASSES
    more = f"共 {len(texts)} 个班，这里是前 {MOST_CLASSES} 个；请先在名单里按学院或班级筛选"
    page = {
        "plan": grid.plan,
        "texts": [(t.name, t.text(grid.plan), t.people) for t in texts[:MOST_CLASSES]],
        "people": sum(text.people for text in texts),
        "more": more if left_out > 0 else "",
        "back": f"{reverse(f'staff:{key}')}?{grid.query.to_query_string()}",
    }
    return render(request, "staff/reminding/group_text.html", page)


def texts_of(rows: Any) -> list[ClassText]:
    """The classes in the order of their names, each with those who have something to do."""
    waiting = rows.filter(status__in=WAITING, required=True, off_roster=False)
    found = waiting.order_by(
        "student__class_group__name", "student__class_group", "student__student_no"
    ).values_list(
        "student__class_group",
        "student__class_group__name",
        "status",
        "student__name",
        "student__student_no",
    )
    people = [(group, name, status, mask_name(who), no) for group, name, status, who, no in found]
    alike = Counter((group, masked) for group, _, _, masked, _ in people)
    texts: dict[int, ClassText] = {}
    for group, name, status, masked, number in people:
        tail = f"（尾号 {number[-TAIL:]}）" if alike[group, masked] > 1 else ""
        texts.setdefault(group, ClassText(name)).add(status, f"{masked}{tail}")
    return list(texts.values())
