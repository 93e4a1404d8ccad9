"""Which page is whose: the one table that both the menu and the guard read.

Closed by default. A staff address that does not stand here is refused, and a test fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from yibao.people.levels import REVIEWING, Level
from yibao.people.scope import holds, posts_of
from yibao.web.sign_in import to_sign_in

COUNSELOR, COLLEGE, SCHOOL = REVIEWING
FINANCE, ADMIN, AUDITOR = Level.FINANCE, Level.ADMIN, Level.AUDITOR
EVERYBODY = tuple(Level)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A staff address. With a group it is an entry of the menu; with a parent it belongs to one."""

    label: str
    levels: tuple[Level, ...] = ()
    group: str = ""
    icon: str = ""
    parent: str = ""


PAGES = {
    "staff:home": Page(label="工作台", levels=EVERYBODY, group="我的", icon="layout-dashboard"),
    "staff:inbox": Page(label="消息", levels=EVERYBODY, group="我的", icon="bell"),
    "staff:message": Page(label="打开消息", parent="staff:inbox"),
    "staff:inbox_read": Page(label="全部标为已读", parent="staff:inbox"),
    "staff:email": Page(label="接收邮箱", parent="staff:inbox"),
    "staff:reviews": Page(label="审核", levels=REVIEWING, group="医保业务", icon="clipboard-check"),
    "staff:enrolments": Page(
        label="参保名单详情", levels=REVIEWING, group="医保业务", icon="list-details"
    ),
    "staff:register": Page(label="代登记", levels=(COUNSELOR, SCHOOL), parent="staff:enrolments"),
    "staff:register_one": Page(label="登记", parent="staff:register"),
    "staff:evidence": Page(label="证明材料", parent="staff:enrolments"),
    "staff:evidence_doubt": Page(label="存疑", parent="staff:enrolments"),
    "staff:evidence_supply": Page(
        label="代传证明材料", levels=(COUNSELOR, SCHOOL), parent="staff:enrolments"
    ),
    "staff:statement_file": Page(label="承诺书", parent="staff:enrolments"),
    "staff:requirements": Page(
        label="参保管理", levels=(COUNSELOR,), group="医保业务", icon="user-check"
    ),
    "staff:cash": Page(label="现金缴费", levels=(COUNSELOR,), group="医保业务", icon="cash"),
    "staff:cash_counter": Page(label="收款台", parent="staff:cash"),
    "staff:cash_book": Page(label="我的收款记录", parent="staff:cash"),
    "staff:hand_over": Page(label="现金交接", parent="staff:cash"),
    "staff:hand_over_slip": Page(
        label="现金缴费交接单", levels=(COUNSELOR, FINANCE), parent="staff:cash"
    ),
    "staff:unregistered": Page(
        label="未登记学生", levels=REVIEWING, group="医保业务", icon="user-question"
    ),
    "staff:group_text": Page(label="班级群文字", levels=REVIEWING, parent="staff:unregistered"),
    "staff:grade_rates": Page(
        label="年级参保率", levels=REVIEWING, group="参保率", icon="percentage"
    ),
    "staff:class_rates": Page(label="各班参保率", parent="staff:grade_rates"),
    "staff:grade_roster": Page(label="年级参保名单", parent="staff:grade_rates"),
    "staff:hand_in_grade": Page(
        label="提交年级参保率", levels=(COUNSELOR,), parent="staff:grade_rates"
    ),
    "staff:college_rates": Page(
        label="学院参保率", levels=(COLLEGE, SCHOOL), group="参保率", icon="building"
    ),
    "staff:hand_in_college": Page(
        label="提交学院参保率", levels=(COLLEGE,), parent="staff:college_rates"
    ),
    "staff:college_roster": Page(
        label="学院参保名单", levels=(COLLEGE, SCHOOL), group="参保率", icon="clipboard-list"
    ),
    "staff:school_rate": Page(label="学校参保率", levels=(SCHOOL,), group="参保率", icon="school"),
    "staff:orders": Page(
        label="支付订单明细", levels=(*REVIEWING, FINANCE), group="缴费", icon="receipt"
    ),
    "staff:differences": Page(label="差额", levels=(FINANCE, SCHOOL), group="缴费", icon="scale"),
    "staff:refunds": Page(label="退费", levels=(FINANCE,), group="缴费", icon="receipt-refund"),
    "staff:reconciliation": Page(label="对账", levels=(FINANCE,), group="缴费", icon="checklist"),
    "staff:bill_take": Page(label="取账单", parent="staff:reconciliation"),
    "staff:bill": Page(label="对账日", parent="staff:reconciliation"),
    "staff:bill_lines": Page(label="对账明细", parent="staff:reconciliation"),
    "staff:hand_overs": Page(
        label="现金交接确认", levels=(FINANCE,), group="缴费", icon="report-money"
    ),
    "staff:payment_statistics": Page(
        label="缴费统计", levels=(*REVIEWING, FINANCE), group="统计", icon="report-money"
    ),
    "staff:enrolment_statistics": Page(
        label="参保统计", levels=REVIEWING, group="统计", icon="chart-bar"
    ),
    "staff:enrolment_progress": Page(label="参保进度", parent="staff:enrolment_statistics"),
    "staff:hardship_statistics": Page(label="贫困生参保情况", parent="staff:enrolment_statistics"),
    "staff:report_exports": Page(
        label="导出报表", levels=(*REVIEWING, FINANCE), group="统计", icon="file-spreadsheet"
    ),
    "staff:export_report": Page(label="导出报表", parent="staff:report_exports"),
    "staff:downloads": Page(label="我的下载", levels=EVERYBODY, group="我的", icon="download"),
    "staff:students": Page(label="学生信息", levels=REVIEWING, group="基础数据", icon="users"),
    "staff:disclose": Page(label="完整号码", parent="staff:students"),
    "staff:student_edit": Page(label="修改信息", parent="staff:students"),
    "staff:transitions": Page(
        label="学籍异动", levels=REVIEWING, group="基础数据", icon="calendar-event"
    ),
    "staff:transition_new": Page(label="登记学籍异动", parent="staff:transitions"),
    "staff:corrections": Page(
        label="更正申请", levels=REVIEWING, group="基础数据", icon="user-edit"
    ),
    "staff:correction_proof": Page(label="证明照片", parent="staff:corrections"),
    "staff:correction_number": Page(label="完整号码", parent="staff:corrections"),
    "staff:hardship": Page(
        label="贫困生名单", levels=REVIEWING, group="基础数据", icon="heart-handshake"
    ),
    "staff:hardship_proof_new": Page(label="添加认定材料", parent="staff:hardship"),
    "staff:hardship_proof": Page(label="认定材料", parent="staff:hardship"),
    "staff:hardship_proof_withdraw": Page(label="撤下认定材料", parent="staff:hardship"),
    "staff:import_roster": Page(
        label="导入学生名册", levels=(SCHOOL,), group="基础数据", icon="file-import"
    ),
    "staff:import_hardship": Page(
        label="导入贫困生名单", levels=(SCHOOL,), group="基础数据", icon="table-import"
    ),
    "staff:import_roster_template": Page(label="下载模板", parent="staff:import_roster"),
    "staff:import_roster_preview": Page(label="核对", parent="staff:import_roster"),
    "staff:import_roster_faults": Page(label="下载问题", parent="staff:import_roster"),
    "staff:import_roster_confirm": Page(label="写入", parent="staff:import_roster"),
    "staff:import_roster_discard": Page(label="不导入", parent="staff:import_roster"),
    "staff:import_hardship_template": Page(label="下载模板", parent="staff:import_hardship"),
    "staff:import_hardship_preview": Page(label="核对", parent="staff:import_hardship"),
    "staff:import_hardship_faults": Page(label="下载问题", parent="staff:import_hardship"),
    "staff:import_hardship_confirm": Page(label="写入", parent="staff:import_hardship"),
    "staff:import_hardship_discard": Page(label="不导入", parent="staff:import_hardship"),
    "staff:plans": Page(
        label="医保计划", levels=(*REVIEWING, FINANCE), group="基础数据", icon="shield-check"
    ),
    "staff:plan": Page(label="计划详情", parent="staff:plans"),
    "staff:plan_versions": Page(label="版本", parent="staff:plan"),
    "staff:plan_version": Page(label="版本内容", parent="staff:plan_versions"),
    "staff:plan_new": Page(label="新建医保计划", levels=(SCHOOL,), parent="staff:plans"),
    "staff:plan_edit": Page(label="编辑计划", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_targets": Page(label="参保对象人数", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_trial": Page(label="试算", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_trial_students": Page(label="试算名单", parent="staff:plan_trial"),
    "staff:plan_open": Page(label="开放计划", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_close": Page(label="结束计划", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_archive": Page(label="归档计划", levels=(SCHOOL,), parent="staff:plan"),
    "staff:plan_copy": Page(label="复制计划", levels=(SCHOOL,), parent="staff:plan"),
    "staff:announcements": Page(label="公告", levels=(SCHOOL,), group="基础数据", icon="note"),
    "staff:announcement_new": Page(label="发布公告", parent="staff:announcements"),
    "staff:announcement": Page(label="修改公告", parent="staff:announcements"),
    "staff:announcement_withdraw": Page(label="撤下公告", parent="staff:announcements"),
    "staff:phrases": Page(label="原因与常用语", levels=(SCHOOL,), group="基础数据", icon="message"),
    "staff:phrase_new": Page(label="添加常用语", parent="staff:phrases"),
    "staff:phrase": Page(label="修改常用语", parent="staff:phrases"),
    "staff:people": Page(label="人员与岗位", levels=(ADMIN,), group="系统管理", icon="users-group"),
    "staff:person_new": Page(label="添加人员", parent="staff:people"),
    "staff:person": Page(label="人员", parent="staff:people"),
    "staff:person_password": Page(label="设置初始密码", parent="staff:person"),
    "staff:post_end": Page(label="撤销岗位", parent="staff:person"),
    "staff:post_phone": Page(label="办公电话", parent="staff:person"),
    "staff:post_deputy": Page(label="安排代理", parent="staff:person"),
    "staff:post_hand_over": Page(label="移交班级", parent="staff:person"),
    "staff:deputy_end": Page(label="结束代理", parent="staff:person"),
    "staff:failed_jobs": Page(
        label="失败的后台任务", levels=(ADMIN,), group="系统管理", icon="alert-triangle"
    ),
    "staff:failed_deliveries": Page(
        label="未送达的外发消息", levels=(ADMIN,), group="系统管理", icon="mail"
    ),
    "staff:sign_in_locks": Page(label="登录锁定", levels=(ADMIN,), group="系统管理", icon="lock"),
    "staff:audit": Page(label="操作日志", levels=(AUDITOR,), group="系统管理", icon="history"),
}

# Addresses that need nobody's leave: signing in, gateways' notices, payment links, health.
OPEN_NAMESPACES = frozenset({"accounts", "pay", "payer"})
OPEN_NAMES = frozenset(
    {"start", "livez", "readyz", "student:verify_receipt", "student:verify_statement"}
)
# Addresses for whoever is signed in.
STUDENT_NAMESPACE = "student"
STUDENT_HOME = "student:home"
STAFF_HOME = "staff:home"


def entry_of(name: str) -> str:
    """The entry of the menu that an address belongs to."""
    while PAGES[name].parent:
        name = PAGES[name].parent
    return name


def levels_of(name: str) -> tuple[Level, ...]:
    """The levels of post that open an address; a child opens as its parent unless it says more."""
    page = PAGES[name]
    return page.levels or (levels_of(page.parent) if page.parent else ())


def is_student(user: Any) -> bool:
    """Whether the person is (also) a student."""
    return user.is_authenticated and getattr(user, "student", None) is not None


def is_staff(user: Any) -> bool:
    """Whether the person holds a post."""
    return bool(posts_of(user))


def is_known(name: str) -> bool:
    """Whether the table says whose an address is."""
    namespace = name.rpartition(":")[0]
    return (
        namespace in OPEN_NAMESPACES
        or namespace == STUDENT_NAMESPACE
        or name in OPEN_NAMES
        or name in PAGES
    )


def is_open(name: str) -> bool:
    """Whether an address needs no signing in."""
    return name.rpartition(":")[0] in OPEN_NAMESPACES or name in OPEN_NAMES


def may_open(user: Any, name: str) -> bool:
    """Whether somebody who is signed in may open an address, and is shown a link to it."""
    if not is_known(name) or is_open(name):
        return is_known(name)
    return holds(user, *levels_of(name)) if name in PAGES else is_student(user)


def why_not_open(user: Any, name: str) -> str:
    """Why not, in a sentence; "" means they may."""
    if may_open(user, name):
        return ""
    if not is_known(name):
        return "这个页面还没有分配给任何岗位，请联系系统管理员"
    if not is_student(user) and not is_staff(user):
        return "您的账号既没有关联学生信息，也没有岗位，请联系学校学工部门处理"
    if name not in PAGES:
        return "这是学生使用的页面，您的账号没有关联学生信息"
    if not is_staff(user):
        return "这是老师使用的页面，学生账号不能打开"
    allowed = "、".join(level.label for level in Level if level in levels_of(name))
    held = "、".join(level.label for level in Level if holds(user, level))
    return f"“{PAGES[name].label}”由{allowed}岗位使用，您现在的岗位是{held}"


METHODS = ("GET", "HEAD", "POST")
"""Nothing of ours answers to another one, wherever a view forgets to say so."""


class AccessMiddleware:
    """Asks the table before every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request):
        """Nothing here: the address is known only once it is resolved."""
        return self.get_response(request)

    def process_view(self, request, _view, _args, _kwargs):
        """Let through, send to the sign-in page, or refuse."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        name = request.resolver_match.view_name
        if is_open(name):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if name == STUDENT_HOME and not is_student(request.user) and is_staff(request.user):
            # The bare domain is the students' home; staff type it too.
            return redirect(STAFF_HOME)
        if reason := why_not_open(request.user, name):
            raise PermissionDenied(reason)
        return None
