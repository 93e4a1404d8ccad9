"""For each line of the matrix: what of 王 its address is about, and what is sent there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime, now

from tests.common.test_pictures import photo
from tests.common.test_pictures import upload as picture_file
from tests.web import matrix_announcements, matrix_money, matrix_office, matrix_posts
from tests.web.matrix import Line
from tests.web.matrix_world import BACKEND, GRADE, World
from yibao.payments.states import RefundStatus
from yibao.people.master import FIELDS

MOBILE = "13905914858"
Named = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Act:
    """What is sent, and where if not to the line's own address."""

    data: dict[str, Any]
    plan: str = ""
    address: dict[str, Any] | None = None


# Addresses ----------------------------------------------------------------------------------
def of(plan: str, name: str = "enrolment_id") -> Named:
    """王's enrolment in a plan."""
    return lambda w: {name: w.row(plan).public_id}


def order(plan: str) -> Named:
    """王's order in a plan."""
    return lambda w: {"order_id": w.order(plan).public_id}


def plan(name: str, **more: Any) -> Named:
    """A plan."""
    return lambda w: {"pk": w.plans[name].pk, **more}


def unit(name: str, **more: Any) -> Named:
    """王's college, or his grade, in a plan."""
    return lambda w: {"pk": w.plans[name].pk, "college_pk": w.computing.pk, **more}


def person(w: World) -> dict[str, Any]:
    """李, 王's counselor."""
    return {"pk": w.cast.li.pk}


def upload(kind: str) -> Named:
    """A file of the school office's; a new one each time, since it goes when it is used."""
    return lambda w: {"token": w.upload(kind)}


def message(who: str) -> Named:
    """Something that one of them was told."""
    return lambda w: {"message_id": w.message(who).public_id}


ADDRESSES: dict[str, Named] = {
    "pay:notify": lambda _: {"channel": "sandbox"},
    "student:again": of("again"),
    "student:apply": of("apply"),
    "student:apply_step": lambda w: {"enrolment_id": w.row("apply").public_id, "screen": "choice"},
    **dict.fromkeys(
        ("student:correction", "student:correction_proof", "student:correction_withdraw"),
        lambda w: {"correction_id": w.correction.public_id},
    ),
    "student:correction_new": lambda _: {"topic": "ethnicity"},
    "student:message": message("wang"),
    "staff:message": message("li"),
    "student:progress": of("review"),
    "student:evidence_picture": lambda w: {"picture_id": w.evidence.picture.public_id},
    "student:statement_file": lambda w: {"statement_id": w.row("stays").statements.get().public_id},
    "student:supply": of("behalf"),
    "student:withdraw": of("review"),
    "student:pay": of("due"),
    "student:start_payment": of("due"),
    "student:order": order("paid"),
    "student:payment_return": order("ordered"),
    "student:payment_state": order("ordered"),
    "student:receipt": order("paid"),
    "student:object": of("behalf"),
    "staff:evidence_supply": of("behalf", "public_id"),
    "student:receipt_file": order("paid"),
    **dict.fromkeys(
        ("staff:evidence", "staff:evidence_doubt"),
        lambda w: {"picture_id": w.evidence.picture.public_id},
    ),
    "staff:statement_file": lambda w: {"statement_id": w.row("stays").statements.get().public_id},
    **matrix_money.ADDRESSES,
    "staff:register_one": of("apply", "public_id"),
    "staff:disclose": lambda w: {"public_id": w.cast.wang.public_id, "field": "id_number"},
    "staff:student_edit": lambda w: {"public_id": w.cast.wang.public_id},
    **dict.fromkeys(
        ("staff:correction_proof", "staff:correction_number"),
        lambda w: {"public_id": w.document.public_id},
    ),
    "staff:plan": plan("review"),
    "staff:plan_trial": plan("draft"),
    "staff:plan_trial_students": plan("draft"),
    "staff:plan_versions": plan("review"),
    "staff:plan_version": plan("review", number=1),
    "staff:plan_edit": plan("draft", key="basics"),
    "staff:plan_targets": plan("draft"),
    "staff:plan_open": plan("draft"),
    "staff:plan_close": plan("apply"),
    "staff:plan_archive": plan("closed"),
    "staff:plan_copy": plan("review"),
    "staff:person": person,
    "staff:person_password": person,
    **matrix_posts.ADDRESSES,
    **matrix_announcements.ADDRESSES,
    **matrix_office.ADDRESSES,
    "staff:plan draft": plan("draft"),
    "staff:plan_edit times": plan("review", key="windows"),
    "staff:group_text": lambda _: {"key": "unregistered"},
    "staff:class_rates": unit("rates", grade=GRADE),
    "staff:hand_in_grade": unit("rates", grade=GRADE),
    "staff:hand_in_college": unit("accepted"),
    "staff:grade_roster": lambda w: {"pk": w.report("accepted", grade=GRADE).pk},
    "staff:export_report": plan("review", key="not-insured"),
    **{
        f"staff:import_{kind}_{page}": upload(kind)
        for kind in ("roster", "hardship")
        for page in ("preview", "faults", "confirm", "discard")
    },
}


# What is sent -------------------------------------------------------------------------------
def on_row(action: str, plan: str, **fields: str) -> Callable[[World], Act]:
    """An action of a list on 王's enrolment in a plan."""
    return lambda w: Act({"do": "run", "action": action, "pk": w.row(plan).pk, **fields}, plan=plan)


def on_refund(action: str, status: RefundStatus, **fields: str) -> Callable[[World], Act]:
    """An action on a refund that 王 is owed."""
    return lambda w: Act({"do": "run", "action": action, "pk": w.refund(status).pk, **fields})


def on_correction(action: str, **fields: str) -> Callable[[World], Act]:
    """A decision on what 王 asks to have corrected."""
    return lambda w: Act({"do": "run", "action": action, "pk": w.correction.pk, **fields})


def master_form(w: World, **changes: str) -> dict[str, Any]:
    """王's data as they stand on the form, but for what is changed."""
    student = w.cast.wang
    form = {name: getattr(student, name) or "" for name in FIELDS if name != "id_number"}
    form["class_group"] = student.class_group_id
    return form | {"reason": "已核对身份证原件"} | changes


def on_difference(action: str, plan: str) -> Callable[[World], Act]:
    """An action on a fee of 王's that has changed."""
    return lambda w: Act(
        {"do": "run", "action": action, "pk": w.difference(plan).pk, "note": "核对无误"}
    )


def on_hardship(action: str, *, withdrawn: bool) -> Callable[[World], Act]:
    """An action on a recognition of 王's."""
    return lambda w: Act(
        {"do": "run", "action": action, "pk": w.hardship(withdrawn=withdrawn).pk, "note": "核查"}
    )


def on_person(action: str) -> Callable[[World], Act]:
    """An action on 李's account."""
    return lambda w: Act({"do": "run", "action": action, "pk": w.cast.li.pk})


def on_report(action: str, plan: str, **unit: Any) -> Callable[[World], Act]:
    """A decision on what 王's college or grade handed in."""
    return lambda w: Act(
        {"do": "run", "action": action, "pk": w.report(plan, **unit).pk, "opinion": "请核对"},
        plan=plan,
    )


def withdraws(plan: str, **unit: Any) -> Callable[[World], Act]:
    """撤回 of what 王's college or grade handed in."""
    return lambda w: Act(
        {"do": "run", "action": "withdraw", "pk": w.report(plan, **unit).pk, "reason": "有变动"},
        plan=plan,
    )


def corrects(w: World) -> Act:
    """王 stays out, and his college knows a better reason."""
    row = w.row("accepted")
    [given_up, elsewhere] = (
        row.plan.reasons.get(name=name) for name in ("自愿放弃", "已在户籍地参加居民医保")
    )
    type(row).objects.filter(pk=row.pk).update(
        status="opted_out", intent="stay_out", reason=given_up, amount_due=0
    )
    line = w.report("accepted", grade=GRADE).lines.get(enrolment=row)
    return Act(
        {"do": "run", "action": "correct", "pk": line.pk, "reason": elsewhere.pk, "why": "凭证"},
        plan="accepted",
    )


def sends(**data: Any) -> Callable[[World], Act]:
    """Some fields."""
    return lambda _: Act(data)


def confirms(name: str, plan: str, **more: str) -> Callable[[World], Act]:
    """王's last screen: what it showed is sent back."""

    def made(w: World) -> Act:
        there = {"enrolment_id": w.row(plan).public_id, **more}
        client = Client()
        client.force_login(w.cast.wang.user, backend=BACKEND)
        page = client.get(reverse(name, kwargs=there)).content.decode()
        seen = re.search(r'name="seen" value="(\w+)"', page)[1]
        return Act({"seen": seen}, address=there)

    return made


def screen(name: str, **data: str) -> Callable[[World], Act]:
    """Another screen of the application."""
    return lambda w: Act(data, address={"enrolment_id": w.row("apply").public_id, "screen": name})


def sends_photo(plan: str, screen: str = "") -> Callable[[World], Act]:
    """A photo of what 王's reason asks for."""

    def made(w: World) -> Act:
        row = w.row(plan)
        kind = row.plan.evidence_kinds.get().pk
        there = {"enrolment_id": row.public_id, **({"screen": screen} if screen else {})}
        return Act({"add": kind, f"kind{kind}-photo": picture_file(photo())}, address=there)

    return made


def hands_photo(plan: str) -> Callable[[World], Act]:
    """A photo that 王 has given to somebody else."""

    def made(w: World) -> Act:
        kind = w.row(plan).plan.evidence_kinds.get().pk
        return Act({f"kind{kind}": picture_file(photo()), "consent": "微信确认"})

    return made


def sends_file(kind: str) -> Callable[[World], Act]:
    """A list as a file."""
    return lambda w: Act({"file": SimpleUploadedFile("名单.xlsx", w.files[kind])})


def plan_form(name: str) -> dict[str, str]:
    """基本信息 and 时间 of a plan."""
    moment = f"{localtime(now()):%Y-%m-%dT%H:%M}"
    until = f"{localtime(now()).year + 1}-01-01T00:00"
    return {
        "name": name,
        "academic_year": "2026",
        "apply_from": moment,
        "apply_until": until,
        "pay_from": moment,
        "pay_until": until,
        "coverage_start": "2027-01-01",
        "coverage_end": "2027-12-31",
    }


ACTS: dict[str, Callable[[World], Act]] = {
    "accounts:sign_in": sends(username="T001", password="不是这个密码"),
    "accounts:change_password": sends(
        old_password="不是这个密码", new_password="海边的第9座灯塔", repeated="海边的第9座灯塔"
    ),
    "accounts:language": sends(language="en"),
    "student:contact": sends(mobile=MOBILE),
    "student:correction_new": sends(ethnicity="畲", reason="登记时写错了"),
    "student:apply_step data": screen("data", mobile=MOBILE),
    "student:apply_step choice": screen("choice", intent="join", note="想好了"),
    "student:again": confirms("student:again", "again"),
    "student:apply_step confirm": confirms("student:apply_step", "apply", screen="confirm"),
    "student:apply_step evidence": sends_photo("photos", "evidence"),
    "student:supply": sends_photo("behalf"),
    "student:start_payment": sends(channel="sandbox"),
    "staff:email": sends(email="somebody@example.edu.cn"),
    "staff:evidence_doubt": sends(doubted="1"),
    "staff:register": sends(q="2024020001"),
    "staff:register_one": sends(intent="join", consent="当面"),
    "staff:reviews approve": on_row("approve", "review", comment="同意"),
    "staff:reviews send_back": on_row("send_back", "review", comment="请换成本人的手机号"),
    "staff:reviews refuse": on_row("refuse", "review", comment="不属于参保对象"),
    "staff:reviews undo": lambda w: Act({"do": "undo", "batch": w.done.pk}, plan="rates"),
    "staff:enrolments take_back": on_row("take_back", "due", comment="请补充材料"),
    "staff:enrolments remind": on_row("remind", "due"),
    "staff:unregistered remind": on_row("remind", "apply", words="请尽快"),
    "staff:requirements needed": on_row("needed", "apply"),
    "staff:requirements not_needed": on_row("not_needed", "apply", note="休学"),
    "staff:cash take": on_row("take", "due"),
    **{key: lambda w, made=made: Act(made(w)) for key, made in matrix_money.DATA.items()},
    "staff:orders refund": lambda w: Act(
        {
            "do": "run",
            "action": "refund",
            "pk": w.order("paid").pk,
            "cause": "withdrawn",
            "note": "学生退学",
        },
        plan="paid",
    ),
    **{
        f"staff:differences {action}": on_difference(action, plan)
        for action, plan in (
            ("refund_difference", "paid"),
            ("charge_difference", "free"),
            ("reorder", "ordered"),
            ("keep", "paid"),
        )
    },
    "staff:hardship withdraw": on_hardship("withdraw", withdrawn=False),
    "staff:hardship restore": on_hardship("restore", withdrawn=True),
    "staff:refunds prepare": on_refund("prepare", RefundStatus.DUE, note="核对无误"),
    "staff:refunds confirm": on_refund("confirm", RefundStatus.PREPARED, handed_over="凭证1"),
    "staff:grade_rates accept": on_report("accept", "handed_in", grade=GRADE),
    "staff:grade_rates return": on_report("return", "handed_in", grade=GRADE),
    "staff:college_rates accept": on_report("accept", "passed", grade=None),
    "staff:college_rates return": on_report("return", "passed", grade=None),
    "staff:grade_rates withdraw": withdraws("handed_in", grade=GRADE),
    "staff:college_rates withdraw": withdraws("passed", grade=None),
    "staff:college_roster correct": corrects,
    **{key: lambda w, made=made: Act(made(w)) for key, made in matrix_posts.DATA.items()},
    **{key: lambda _, data=data: Act(data) for key, data in matrix_announcements.DATA.items()},
    **{key: lambda w, made=made: Act(made(w)) for key, made in matrix_office.DATA.items()},
    "staff:reviews layout": sends(do="layout", cols="name"),
    "staff:reviews save_query": sends(do="save_query", name="本周"),
    "student:object": sends(words="我要参保"),
    "staff:evidence_supply": hands_photo("behalf"),
    "staff:reviews prefer_query": lambda w: Act({"do": "prefer_query", "saved": w.saved.pk}),
    "staff:reviews drop_query": lambda w: Act({"do": "drop_query", "saved": w.saved.pk}),
    "staff:people switch_off": on_person("switch_off"),
    "staff:people switch_on": lambda w: Act(
        {"do": "run", "action": "switch_on", "pk": w.retired.pk}
    ),
    "staff:person_new": sends(number="T099", name="新老师"),
    "staff:person": sends(level="finance"),
    "staff:plan_new": lambda _: Act(plan_form("另一个计划")),
    "staff:plan_edit": lambda _: Act(plan_form("改了名称")),
    "staff:enrolments let_stand": on_row("let_stand", "objected", comment="已与学生核实"),
    "staff:plan_edit times": lambda _: Act(plan_form("")),
    "staff:student_edit": lambda w: Act(master_form(w, name="王改名")),
    "staff:corrections accept": on_correction("accept", comment="已核对"),
    "staff:corrections refuse": on_correction("refuse", comment="照片看不清"),
    "staff:import_roster": sends_file("roster"),
    "staff:import_hardship": sends_file("hardship"),
}


def act_of(world: World, line: Line) -> tuple[str, dict[str, Any]]:
    """Where a line's act is sent, and what."""
    made = ACTS.get(line.key)
    act = made(world) if made else Act({})
    found = ADDRESSES.get(line.key) or ADDRESSES.get(line.name)
    there = act.address or (found(world) if found else None)
    query = f"?plan={world.plans[act.plan].pk}" if act.plan else ""
    return f"{reverse(line.name, kwargs=there)}{query}", act.data


def address_of(world: World, line: Line) -> str:
    """The address of a line that is read."""
    found = ADDRESSES.get(line.key) or ADDRESSES.get(line.name)
    return reverse(line.name, kwargs=found(world) if found else None)
