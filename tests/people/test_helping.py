"""班长: names, done or not, of the own class; for so long; and nothing else."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from yibao.enrolment import flow
from yibao.enrolment.choice import Choice
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.people import helping
from yibao.people.models import ClassHelper, Student

PAGE = reverse("student:class_progress")


@pytest.fixture
def cast(db):
    """王 helps 计算机2401; 陈 there stays out and is done, 林 has been returned."""
    cast = make_cast()
    cast.plan = make_plan()
    cast.chen = make_student(cast.classes.cs1, "陈已办")
    cast.lin = make_student(cast.classes.cs1, "林退回")
    enlist(cast.plan, by=cast.office)
    reason = cast.plan.reasons.get(name="自愿放弃")
    rows = Enrolment.objects.filter(student__in=[cast.chen, cast.lin])
    flow.submit(
        rows, Choice(Intent.STAY_OUT, consent="当面", reason=reason), by=cast.office
    ).or_refuse()
    flow.send_back(rows.filter(student=cast.lin), by=cast.li, comment="材料看不清").or_refuse()
    return cast


def appoint(cast, *students, by=None):
    pks = [student.pk for student in students]
    outcome = helping.appoint(Student.objects.filter(pk__in=pks), by=by or cast.li)
    return list(outcome.refused.values())


def page(client, student):
    client.force_login(student.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(PAGE)


def test_done_and_not_done_by_name_and_nothing_else(cast, client):
    assert page(client, cast.wang).status_code == 404
    assert appoint(cast, cast.wang) == []
    answer = page(client, cast.wang)
    [one] = answer.context["found"]
    assert (sorted(one.undone), one.done) == (["林退回", "王小明"], ["陈已办"])
    said = answer.text
    secret = [
        cast.lin.student_no,
        cast.chen.student_no,
        "材料看不清",
        "自愿放弃",
        "不参保",
        "已退回",
    ]
    assert [word for word in secret if word in said] == []
    assert "刘思雨" not in said  # of the class beside
    # Nothing of staff has opened to him, and nobody else sees the page.
    assert client.get(reverse("staff:enrolments")).status_code == 403
    assert page(client, cast.chen).status_code == 404


def test_who_owes_money_is_not_done_and_paying_is_what_makes_it_so(cast, client):
    appoint(cast, cast.wang)
    row = Enrolment.objects.filter(student=cast.wang)
    flow.submit(row, Choice(Intent.JOIN, consent="当面"), by=cast.wang.user).or_refuse()
    assert "王小明" in page(client, cast.wang).context["found"][0].done
    for by in (cast.li, cast.xu, cast.office):
        flow.approve(row, by=by).or_refuse()
    assert "王小明" in page(client, cast.wang).context["found"][0].undone
    flow.mark_paid(row.values_list("pk", flat=True), by=None).or_refuse()
    assert "王小明" in page(client, cast.wang).context["found"][0].done


def test_it_ends_with_the_year_with_the_class_and_with_school(cast, client):
    appoint(cast, cast.wang)
    helper = ClassHelper.objects.filter(student=cast.wang)
    assert helping.until(date(2026, 8, 31)) == date(2026, 8, 31)
    assert helping.until(date(2026, 9, 1)) == date(2027, 8, 31)
    helper.update(until=date(2026, 1, 1))
    assert page(client, cast.wang).status_code == 404
    helper.update(until=helping.until(localdate()))
    Student.objects.filter(pk=cast.wang.pk).update(class_group=cast.classes.cs2)
    assert page(client, cast.wang).status_code == 404
    Student.objects.filter(pk=cast.wang.pk).update(
        class_group=cast.classes.cs1, roster_status="graduated"
    )
    assert page(client, cast.wang).status_code == 404


def test_only_the_own_counselor_gives_it_and_not_to_everybody(cast):
    for by in (cast.sun, cast.he, cast.xu, cast.office, cast.admin):
        assert appoint(cast, cast.wang, by=by) == ["只有所带班级的辅导员可以指定班长"]
    more = make_student(cast.classes.cs1, "第四人")
    assert appoint(cast, cast.wang, cast.chen, cast.lin, more) == [
        "一个班最多 3 名班长，请先取消其他人"
    ]
    assert appoint(cast, cast.wang) == ["已经是班长"]
    wang = Student.objects.filter(pk=cast.wang.pk)
    assert list(helping.dismiss(wang, by=cast.sun).refused.values()) == [
        "只有所带班级的辅导员可以取消班长"
    ]
    helping.dismiss(wang, by=cast.li).or_refuse()
    assert appoint(cast, more) == []
