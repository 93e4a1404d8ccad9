"""The plans of the invented university: two that are open, and last year's."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.timezone import make_aware, now

from yibao.accounts.models import User
from yibao.enrolment.roster import open_for_enrolment
from yibao.people.codes import ON_ROLL, POSTGRADUATE, UNDERGRADUATE
from yibao.people.levels import Level
from yibao.plans.flow import create_plan
from yibao.plans.models import (
    EvidenceKind,
    EvidenceNeed,
    FeeRule,
    InsurancePlan,
    InsuranceType,
    OptOutReason,
    ReviewStep,
)
from yibao.plans.states import Choosing, CountsAs, Offered, Reduction

BASIC, EXTRA = "城乡居民基本医疗保险", "大学生补充医疗保险"
BASIC_PREMIUM, LAST_PREMIUM, EXTRA_PREMIUM = Decimal(400), Decimal(380), Decimal(60)
SUBSIDY, LAST_SUBSIDY = Decimal(700), Decimal(670)
CHANNELS = ["cash", "sandbox-wechat", "sandbox-alipay", "sandbox"]
COUNSELOR, COLLEGE, SCHOOL = Level.COUNSELOR, Level.COLLEGE, Level.SCHOOL
THREE_STEPS = ((COUNSELOR, "辅导员审核"), (COLLEGE, "学院审核"), (SCHOOL, "学校审核"))

KINDS = (
    ("参保凭证", "截图或拍照，要能看到姓名、参保年度和参保地"),
    ("缴费截图", "税务或医保小程序里的缴费记录，要能看到姓名、金额和日期"),
    ("相关证明", "盖章的证明拍全四角，文字要清楚"),
)
RECOGNISED_ONLY = "资助对象在认定地参保"
REASONS: tuple[tuple[str, dict[str, bool], bool, CountsAs], ...] = (
    ("已在户籍地参加居民医保", {"参保凭证": True, "缴费截图": False}, False, CountsAs.ELSEWHERE),
    ("已参加职工医保", {"参保凭证": True}, False, CountsAs.ELSEWHERE),
    (RECOGNISED_ONLY, {"参保凭证": True}, False, CountsAs.ELSEWHERE),
    ("休学、入伍或本年离校", {"相关证明": True}, True, CountsAs.LEAVES),
    ("自愿放弃", {}, False, CountsAs.OPTED_OUT),
    ("其他", {"相关证明": False}, True, CountsAs.OPTED_OUT),
)
"""Each with the kinds of evidence it asks for and whether they must be there, and whether a note must."""
FEE_RULES = (
    ("特困人员", Reduction.FULL, 0, "医疗救助资金"),
    ("孤儿", Reduction.FULL, 0, "医疗救助资金"),
    ("低保对象", Reduction.FIXED, 300, "医疗救助资金"),
    ("脱贫不稳定户", Reduction.FIXED, 200, "医疗救助资金"),
    ("残疾学生", Reduction.FULL, 0, "学校资助经费"),
    ("家庭经济困难", Reduction.PERCENT, 50, "学校资助经费"),
)
INSTRUCTIONS = (
    "请在申请时间内确认个人信息，选择参保或不参保。审核通过后请按时缴费，逾期未缴费视为未参保。"
    "个人信息有误的，请先申请更正。"
)


ENGLISH = {
    BASIC: "Basic Medical Insurance for Urban and Rural Residents",
    EXTRA: "Supplementary Medical Insurance for Students",
    "缴费截图": "Screenshot of the payment record",
    "学校资助经费": "the University's Financial Aid Office",
}
"""What the invented university calls things itself; of the rest the catalogue knows the usual words."""


def open_plans(year: int, *, by: User) -> tuple[InsurancePlan, InsurancePlan]:
    """Undergraduates are reviewed by three levels; for postgraduates rates are handed up."""
    undergraduate = _plan(f"{year}-{year + 1} 学年本科生医疗保险", year, UNDERGRADUATE, by=by)
    _fill(undergraduate, THREE_STEPS, BASIC_PREMIUM, SUBSIDY)
    postgraduate = _plan(
        f"{year}-{year + 1} 学年研究生医疗保险", year, POSTGRADUATE, rates=True, by=by
    )
    _fill(postgraduate, THREE_STEPS[:1], BASIC_PREMIUM, SUBSIDY)
    for plan in (undergraduate, postgraduate):
        open_for_enrolment(plan, by=by)
    return undergraduate, postgraduate


def open_last(year: int, *, by: User) -> InsurancePlan:
    """Last year's plan as it was then: everybody in one, reviewed by college and school."""
    levels = (*UNDERGRADUATE, *POSTGRADUATE)
    plan = _plan(f"{year}-{year + 1} 学年大学生医疗保险", year, levels, by=by)
    _fill(plan, THREE_STEPS[1:], LAST_PREMIUM, LAST_SUBSIDY)
    open_for_enrolment(plan, by=by)
    return plan


def _plan(
    name: str, year: int, levels: tuple[str, ...], *, rates: bool = False, by: User
) -> InsurancePlan:
    first = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=30)
    last = _end_of(first.date() + timedelta(days=50))
    pay_last = _end_of(first.date() + timedelta(days=60))
    plan = InsurancePlan(
        name=name,
        academic_year=year,
        apply_from=first,
        apply_until=last,
        pay_from=first,
        pay_until=pay_last,
        rate_reporting=rates,
        rate_from=first if rates else None,
        rate_until=pay_last if rates else None,
        coverage_start=date(year + 1, 1, 1),
        coverage_end=date(year + 1, 12, 31),
        freshman_coverage_start=date(year, 9, 1),
        freshman_coverage_end=date(year + 1, 12, 31),
        instructions=INSTRUCTIONS,
        training_levels=[str(level) for level in levels],
        roster_statuses=[str(status) for status in ON_ROLL],
        channels=CHANNELS,
        english=ENGLISH | {name: _in_english(name, year)},
    )
    return create_plan(plan, by=by)


def _in_english(name: str, year: int) -> str:
    whom = "Undergraduate" if "本科" in name else "Graduate" if "研究生" in name else "Student"
    return f"{whom} Medical Insurance {year}–{year + 1}"


def _end_of(day: date) -> datetime:
    return make_aware(datetime.combine(day, time(23, 59)))


def _fill(
    plan: InsurancePlan, steps: tuple[tuple[Level, str], ...], premium: Decimal, subsidy: Decimal
) -> None:
    basic = InsuranceType.objects.create(
        plan=plan, name=BASIC, premium=premium, government_subsidy=subsidy
    )
    InsuranceType.objects.create(
        plan=plan,
        position=2,
        name=EXTRA,
        premium=EXTRA_PREMIUM,
        choosing=Choosing.OPTIONAL,
        coverage_start=date(plan.academic_year, 9, 1),
        coverage_end=date(plan.academic_year + 1, 8, 31),
    )
    ReviewStep.objects.bulk_create(
        ReviewStep(plan=plan, position=place, level=level, name=name)
        for place, (level, name) in enumerate(steps, start=1)
    )
    kinds = {
        name: EvidenceKind.objects.create(plan=plan, position=place, name=name, hint=hint)
        for place, (name, hint) in enumerate(KINDS, start=1)
    }
    for place, (name, needs, note, counts_as) in enumerate(REASONS, start=1):
        reason = OptOutReason.objects.create(
            plan=plan,
            position=place,
            name=name,
            note_required=note,
            counts_as=counts_as,
            offered_to=Offered.RECOGNISED if name == RECOGNISED_ONLY else Offered.ALL,
        )
        EvidenceNeed.objects.bulk_create(
            EvidenceNeed(reason=reason, kind=kinds[kind], required=required)
            for kind, required in needs.items()
        )
    FeeRule.objects.bulk_create(
        FeeRule(
            plan=plan,
            category=category,
            insurance_type=basic,
            reduction=reduction,
            value=value,
            payer=payer,
        )
        for category, reduction, value, payer in FEE_RULES
    )
