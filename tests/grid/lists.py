"""A list with every kind of column, over students, that the grid's own tests stand on."""

from django.http import HttpResponse
from django.urls import include, path

from yibao.common.outcome import Outcome
from yibao.grid.actions import Action, opinion
from yibao.grid.columns import Choice, Day, Flag, Moment, Money, Number, Secret, Text
from yibao.grid.grid import Grid, Link
from yibao.grid.views import GridView
from yibao.people.codes import RosterStatus, Sex
from yibao.people.identity import mask_id_number, mask_mobile
from yibao.people.models import College, Student


def why_not_suspend(students, _by):
    return {s.pk: "已经休学" for s in students if s.roster_status == RosterStatus.SUSPENDED}


def suspend(rows, *, by, comment):
    refused = why_not_suspend(rows, by)
    outcome = Outcome([s.pk for s in rows if s.pk not in refused], refused)
    Student.objects.filter(pk__in=outcome.done).update(
        roster_status=RosterStatus.SUSPENDED, postcode=comment[:6]
    )
    return outcome


def take_back(rows, *, by, until, asked):
    """Not of who has left the university since."""
    refused = {s.pk: "已经退学" for s in rows if s.roster_status == RosterStatus.WITHDRAWN}
    outcome = Outcome([s.pk for s in rows if s.pk not in refused], refused)
    Student.objects.filter(pk__in=outcome.done).update(roster_status=RosterStatus.ACTIVE)
    return outcome


SUSPEND = Action(
    name="suspend",
    label="办理休学",
    run=suspend,
    why_not=why_not_suspend,
    undo=take_back,
    fields={"comment": opinion("休学原因", required=True, phrases=("因病", "参军"))},
    tone="orange",
    icon="player-pause",
    confirm="将通知这 {count} 人。",
)
REMIND = Action(
    name="remind", label="提醒", run=lambda rows, **_: Outcome([s.pk for s in rows]), icon="bell"
)
ERASE = Action(name="erase", label="删除", run=lambda _rows, **_: Outcome(), tone="red")


class StudentGrid(Grid):
    key = "test_students"
    title = "学生名册"
    columns = (
        Text(name="student_no", label="学号", search=True, frozen=True),
        Text(name="name", label="姓名", search=True, frozen=True, sort_path="name_pinyin"),
        Choice(name="sex", label="性别", choices=Sex),
        Secret(
            name="id_number",
            label="证件号码",
            index="id_number_index",
            mask=mask_id_number,
            search=True,
        ),
        Choice(
            name="college",
            label="学院",
            path="class_group__major__college__name",
            choices=lambda _grid: [(n, n) for n in College.objects.values_list("name", flat=True)],
        ),
        Text(name="major", label="专业", path="class_group__major__name", width="l"),
        Number(name="grade", label="年级", path="class_group__grade", unit=" 级"),
        Text(name="class_group", label="班级", path="class_group__name"),
        Choice(
            name="status",
            label="学籍状态",
            path="roster_status",
            choices=RosterStatus,
            tones={RosterStatus.ACTIVE: "green", RosterStatus.SUSPENDED: "orange"},
        ),
        Money(name="fee", label="应缴金额", path="class_group__grade", total=True),
        Secret(name="mobile", label="手机号", index="mobile_index", mask=mask_mobile, search=True),
        Day(name="birth_date", label="出生日期"),
        Flag(name="active", label="账号启用", path="user__is_active"),
        Moment(name="updated_at", label="更新时间"),
        Text(
            name="called",
            label="称呼",
            needs=("name", "sex"),
            value=lambda name, sex: f"{name}{'先生' if sex == Sex.MALE else '女士'}",
        ),
    )
    default_columns = (
        "student_no", "name", "sex", "id_number", "college", "major", "grade",
        "class_group", "status", "fee", "mobile", "birth_date", "active", "updated_at",
    )  # fmt: skip
    default_order = "student_no"
    quick_filters = ("college", "status")
    row_label = ("student_no", "name")
    search_hint = "姓名 / 学号 / 证件号码"
    empty_text = "还没有学生，请先导入名册"
    actions = (SUSPEND, REMIND, ERASE)
    params = ("plan",)

    def rows(self):
        return Student.objects.visible_to(self.viewer)

    def actions_for(self, _viewer):
        return [(a, "只有管理员可以删除" if a is ERASE else "") for a in self.actions]

    def links_for(self, _viewer):
        return [Link("添加", "/somewhere/", icon="plus", tone="primary")]

    def reach_of(self, viewer):
        return ",".join(str(post.college_id) for post in viewer.posts.all())

    def why_not_reveal(self, viewer):
        return "" if viewer.username == "school" else super().why_not_reveal(viewer)

    def unit_of(self, viewer):
        return f"college:{viewer.posts.first().college_id}"


class Students(GridView):
    grid_class = StudentGrid


def home(_request):
    return HttpResponse()


staff = [path("", home, name="home"), path("students/", Students.as_view(), name="students")]
urlpatterns = [
    path("staff/", include((staff, "staff"))),
    path("start/", home, name="start"),
    path("accounts/", include("yibao.accounts.urls")),
]
