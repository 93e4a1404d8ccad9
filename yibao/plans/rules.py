"""What may be done with a plan, and if not, why not. "" means it may."""

from django.utils.timezone import now

from yibao.accounts.models import User
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Offered, PlanStatus
from yibao.plans.targets import targets

OFFICE_ONLY = "只有学校医保办公室可以维护医保计划"


def why_not_change(plan: InsurancePlan, by: User) -> str:
    """编辑 a plan that is not over; what of an open one may change says amending.py."""
    if not holds(by, Level.SCHOOL):
        return OFFICE_ONLY
    if plan.status == PlanStatus.CLOSED:
        return "计划已结束，不能再修改；需要修改请先重新开放"
    if plan.status == PlanStatus.ARCHIVED:
        return "计划已归档，不能再修改"
    return ""


def why_incomplete(plan: InsurancePlan) -> str:
    """What a plan lacks without which nobody can take part."""
    return next(iter(lacks(plan).values()), "")


def lacks(plan: InsurancePlan) -> dict[str, str]:
    """The same by the section in which it is to be mended; everything that is missing."""
    found = {}
    types = list(plan.types.all())
    if not types:
        found["types"] = "请先添加至少一种参保类型"
    if not plan.reasons.filter(offered_to=Offered.ALL).exists():
        found["reasons"] = "请先添加至少一种全部学生都能选的不参保原因"
    if any(t.premium for t in types) and not plan.channels:
        found["channels"] = "请先选择至少一种支付渠道"
    return found


def lacks_to_open(plan: InsurancePlan) -> dict[str, str]:
    """What keeps a plan from opening, by section."""
    found = lacks(plan)
    # A plan that was open before may open again for payments alone; windows are changed afterwards.
    if plan.opened_at is None and plan.apply_until < now():
        found["windows"] = "申请截止时间已过，请先调整申请时间"
    if not targets(plan).exists():
        found["targets"] = "没有符合条件的学生，请检查参保对象，或先导入学生名册"
    return found


def why_not_open(plan: InsurancePlan, by: User) -> str:
    """开放: a draft that can be applied to, decided on and paid."""
    if not holds(by, Level.SCHOOL):
        return OFFICE_ONLY
    if plan.status not in (PlanStatus.DRAFT, PlanStatus.CLOSED):
        return f"计划{plan.get_status_display()}，不能再次开放"
    return next(iter(lacks_to_open(plan).values()), "")


def why_not_close(plan: InsurancePlan, by: User) -> str:
    """结束: nobody can apply, review or pay any more."""
    if not holds(by, Level.SCHOOL):
        return OFFICE_ONLY
    if plan.status != PlanStatus.OPEN:
        return f"计划{plan.get_status_display()}，不能结束"
    return ""


def why_not_archive(plan: InsurancePlan, by: User) -> str:
    """归档: read-only for ever."""
    if not holds(by, Level.SCHOOL):
        return OFFICE_ONLY
    if plan.status != PlanStatus.CLOSED:
        return "请先结束计划，再归档"
    return ""
