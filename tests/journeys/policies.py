"""The policies of five cities as an office would enter them, and what named students then see.

What it comes to at the end is worked out by hand from the cities' notices, not by the product.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.timezone import localtime, now

from yibao.people.codes import DocumentType, RosterStatus, TrainingLevel


@dataclass(frozen=True)
class Somebody:
    """A named student, what they tick, and what they then read."""

    name: str
    grade: int
    fields: dict[str, Any] = field(default_factory=dict)
    category: str = ""
    ticks: str = ""
    amount: str | None = None
    """None for who is not in the plan."""
    because: str = ""
    coverage: str = ""
    may_stay_out_for: tuple[str, ...] = ()
    may_not: tuple[str, ...] = ()
    out: str = ""
    """The reason for which they stay out; else they join."""

    @property
    def is_meant(self) -> bool:
        """Whether the plan is for them."""
        return self.amount is not None or bool(self.out)


@dataclass(frozen=True)
class Policy:
    """Everything that is typed into the editor, section by section."""

    place: str
    year: int
    coverage: tuple[str, str]
    types: tuple[dict[str, str], ...]
    people: tuple[Somebody, ...]
    due: str
    """应缴 of everybody together."""
    payers: dict[str, str]
    """Who bears how much of what is taken off."""
    standing: dict[str, int]
    """At the end, by the columns of 参保统计."""
    rates: tuple[str, str] = ("", "")
    """在校参保率 and 综合参保率 of the school; empty for a plan that reports none."""
    freshmen: tuple[str, str] = ("", "")
    targets: dict[str, list[str]] = field(default_factory=dict)
    steps: tuple[tuple[str, str], ...] = ()
    reasons: tuple[dict[str, str], ...] = ()
    fees: tuple[dict[str, str], ...] = ()
    """`type` names the insurance type that a rule is for."""
    channels: tuple[str, ...] = ("sandbox",)

    @property
    def windows(self) -> dict[str, str]:
        """Open now."""
        first, last = (f"{localtime(now() + timedelta(days=n)):%Y-%m-%dT%H:%M}" for n in (-2, 30))
        found = {f"{kind}_{edge}": at for kind in ("apply", "pay")
                 for edge, at in (("from", first), ("until", last))}  # fmt: skip
        return found | {"coverage_start": self.coverage[0], "coverage_end": self.coverage[1]} | {
            "freshman_coverage_start": self.freshmen[0],
            "freshman_coverage_end": self.freshmen[1],
        }  # fmt: skip


EVERYWHERE = ["mainland", "hmt", "foreign"]
ON_ROLL = ["active", "suspended", "retained"]
UNDERGRADUATES = {"training_levels": ["college", "bachelor"], "roster_statuses": ON_ROLL}
OUT = {"name": "自愿放弃", "counts_as": "opted_out"}
HOMETOWN = {"name": "已在户籍地参保", "counts_as": "elsewhere"}
ABROAD = {"document_type": DocumentType.PASSPORT, "ethnicity": "", "id_number": "E12345678"}
HONG_KONG = {"document_type": DocumentType.HONG_KONG, "id_number": "H12345678"}

FUZHOU = Policy(
    place="福州 2024",
    year=2024,
    coverage=("2025-01-01", "2025-12-31"),
    freshmen=("2024-09-01", "2025-12-31"),
    targets=UNDERGRADUATES | {"origins": EVERYWHERE},
    types=({"name": "城乡居民医保", "premium": "430", "government_subsidy": "740",
            "choosing": "required"},),
    steps=(("counselor", "辅导员审核"),),
    due="1290.00",  # 3 × 430
    payers={"同级财政": "430.00"},
    standing={"roster": 6, "enrolled": 4, "elsewhere": 1, "opted_out": 1},
    rates=("66.67%", "83.33%"),
    reasons=(HOMETOWN, OUT),
    fees=({"category": "特困人员", "reduction": "full", "payer": "同级财政"},
          {"category": "低保对象", "reduction": "full", "payer": "同级财政"}),
    people=(
        Somebody("林普通", 2023, amount="430.00", because="按“城乡居民医保”标准缴费 430.00 元",
                 coverage="2025-01-01 至 2025-12-31"),
        Somebody("林新生", 2024, amount="430.00", coverage="2024-09-01 至 2025-12-31"),
        Somebody("Anna Lin", 2023, ABROAD, amount="430.00"),
        Somebody("林特困", 2023, category="特困人员", amount="0.00",
                 because="全额减免 430.00 元，由同级财政承担，应缴 0.00 元"),
        Somebody("林外地", 2023, out="已在户籍地参保"),
        Somebody("林放弃", 2024, out="自愿放弃"),
        Somebody("林硕士", 2023, {"training_level": TrainingLevel.MASTER}),
    ),
)  # fmt: skip

HANGZHOU = Policy(
    place="杭州 2024",
    year=2024,
    coverage=("2025-01-01", "2025-12-31"),
    targets=UNDERGRADUATES | {"origins": ["mainland", "hmt"]},
    types=({"name": "少儿医保", "premium": "90", "government_subsidy": "180",
            "choosing": "required"},),
    due="180.00",  # 2 × 90
    payers={},
    standing={"roster": 3, "enrolled": 2, "elsewhere": 1},
    reasons=(HOMETOWN, OUT),
    people=(
        Somebody("钱普通", 2023, amount="90.00"),
        Somebody("钱香港", 2023, HONG_KONG, amount="90.00"),
        Somebody("钱外地", 2023, out="已在户籍地参保"),
        Somebody("Bob Qian", 2023, ABROAD),
        Somebody("钱退学", 2023, {"roster_status": RosterStatus.WITHDRAWN}),
    ),
)  # fmt: skip

NANJING = Policy(
    place="南京 2025 新生一次缴清",
    year=2025,
    coverage=("2025-09-01", "2026-08-31"),
    targets=UNDERGRADUATES | {"origins": EVERYWHERE, "grades": ["2025"]},
    types=(
        {"name": "一年", "premium": "270", "choosing": "optional", "group": "缴费年限"},
        {"name": "两年", "premium": "540", "choosing": "optional", "group": "缴费年限",
         "coverage_start": "2025-09-01", "coverage_end": "2027-08-31"},
        {"name": "四年", "premium": "1080", "choosing": "default", "group": "缴费年限",
         "coverage_start": "2025-09-01", "coverage_end": "2029-08-31"},
    ),
    steps=(("counselor", "辅导员审核"), ("school", "学校审核")),
    due="1620.00",  # 1080 + 540
    payers={"医疗救助基金": "1080.00"},
    standing={"roster": 3, "enrolled": 3},
    rates=("100.00%", "100.00%"),
    reasons=(HOMETOWN, OUT),
    fees=tuple({"category": name, "reduction": "full", "payer": "医疗救助基金"}
               for name in ("低保家庭", "特困职工子女", "重点优抚对象", "大重病患者", "残疾二级以上",
                            "孤儿", "特困供养")),
    people=(
        Somebody("金新生", 2025, ticks="四年", amount="1080.00",
                 coverage="2025-09-01 至 2029-08-31"),
        Somebody("金专转本", 2025, ticks="两年", amount="540.00",
                 coverage="2025-09-01 至 2027-08-31"),
        Somebody("金孤儿", 2025, category="孤儿", ticks="四年", amount="0.00",
                 because="全额减免 1080.00 元，由医疗救助基金承担"),
        Somebody("金老生", 2023),
    ),
)  # fmt: skip

WUHAN = Policy(
    place="武汉 2024",
    year=2024,
    coverage=("2025-01-01", "2025-12-31"),
    targets=UNDERGRADUATES | {"origins": EVERYWHERE},
    types=({"name": "居民医保", "premium": "380", "government_subsidy": "640",
            "choosing": "required"},),
    steps=(("school", "学校审核"),),
    due="380.00",
    payers={"财政": "380.00"},
    standing={"roster": 3, "enrolled": 2, "elsewhere": 1},
    rates=("66.67%", "100.00%"),
    reasons=(
        {"name": "已在省内参加职工医保", "counts_as": "elsewhere"},
        {"name": "资助对象在身份认定地参保", "counts_as": "elsewhere", "offered_to": "recognised"},
        OUT,
    ),
    fees=({"category": "", "reduction": "fixed", "value": "380", "payer": "财政"},),
    people=(
        Somebody("武普通", 2022, amount="380.00", may_stay_out_for=("已在省内参加职工医保",),
                 may_not=("资助对象在身份认定地参保",)),
        Somebody("武脱贫", 2022, category="脱贫不稳定户", amount="0.00",
                 because="定额减免 380.00 元，由财政承担，应缴 0.00 元",
                 may_stay_out_for=("资助对象在身份认定地参保",)),
        Somebody("武认定地", 2022, category="脱贫不稳定户", out="资助对象在身份认定地参保"),
    ),
)  # fmt: skip

CHONGQING = Policy(
    place="重庆 2014-2015",
    year=2024,
    coverage=("2024-09-01", "2025-08-31"),
    targets=UNDERGRADUATES | {"origins": ["mainland"], "campuses": ["大学城校区"]},
    types=(
        {"name": "一档", "premium": "60", "government_subsidy": "320", "choosing": "default",
         "group": "档次"},
        {"name": "二档", "premium": "150", "government_subsidy": "320", "choosing": "optional",
         "group": "档次"},
    ),
    steps=(("counselor", "班级收齐"), ("college", "学院审核")),
    due="310.00",  # 60 + 150 + 10 + 90
    payers={"民政": "110.00"},  # 50 + 60
    standing={"roster": 4, "enrolled": 4},
    rates=("100.00%", "100.00%"),
    reasons=(HOMETOWN, OUT),
    fees=(
        {"category": "资助对象", "type": "一档", "reduction": "fixed", "value": "50", "payer": "民政"},
        {"category": "资助对象", "type": "二档", "reduction": "fixed", "value": "60", "payer": "民政"},
    ),
    channels=("cash",),
    people=(
        Somebody("渝普通", 2023, {"campus": "大学城校区"}, ticks="一档", amount="60.00"),
        Somebody("渝二档", 2023, {"campus": "大学城校区"}, ticks="二档", amount="150.00"),
        Somebody("渝资助", 2023, {"campus": "大学城校区"}, "资助对象", "一档", amount="10.00",
                 because="定额减免 50.00 元，由民政承担，应缴 10.00 元"),
        Somebody("渝资助二", 2023, {"campus": "大学城校区"}, "资助对象", "二档", amount="90.00"),
        Somebody("渝老校区", 2023, {"campus": "东湖校区"}),
        Somebody("渝台湾", 2023, {"campus": "大学城校区", "document_type": DocumentType.TAIWAN,
                                "id_number": "12345678"}),
    ),
)  # fmt: skip

POLICIES = (FUZHOU, HANGZHOU, NANJING, WUHAN, CHONGQING)
