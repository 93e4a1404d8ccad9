"""自动检查 on the pages: the queue in two parts, named in the list, explained in the dialog."""

from django.urls import reverse

from tests.web.staff.conftest import apply, of
from yibao.enrolment.roster import enlist_all
from yibao.people.codes import RosterStatus
from yibao.people.models import Student

HX = {"HX-Request": "true"}


def change(student, **fields):
    Student.objects.filter(pk=student.pk).update(**fields)
    enlist_all(by=None, among=[student.pk])


def test_the_queue_falls_into_clean_and_needs_a_look(cast, plan, as_):
    apply(cast.wang, cast.liu)
    change(cast.liu, ethnicity="")
    li = as_(cast.li)
    page = li.get(reverse("staff:reviews"))
    parts = [(part.label, part.number) for part in page.context["grid"].parts]
    assert parts == [("全部", 2), ("可直接通过", 1), ("需要查看", 1)]
    for part in page.context["grid"].parts:
        assert li.get(f"{reverse('staff:reviews')}{part.href}").context["grid"].page.total == (
            part.number
        )
    [card] = li.get(reverse("staff:home")).context["cards"]
    waits = [(item.note, item.number) for item in card.items if item.label == "待我审核"]
    assert waits == [("可直接通过", 1), ("需要查看", 1)]
    tabs = li.get(f"{reverse('staff:reviews')}?f=checked.look&part=parts", headers=HX)
    assert [p.label for p in tabs.context["grid"].parts if p.is_here] == ["需要查看"]


def test_the_dialog_says_what_to_look_at_and_how_to_mend_it(cast, plan, as_):
    apply(cast.wang, cast.liu)
    change(cast.wang, ethnicity="")
    li = as_(cast.li)

    def dialog(student):
        query = {"part": "detail", "pk": of(student).get().pk, "at": 0}
        return li.get(reverse("staff:reviews"), query, headers=HX).content.decode()

    shown = dialog(cast.wang)
    assert "自动检查：2 项需要查看" in shown
    assert "<b>个人信息不完整</b>：还有必填信息缺少或有误，更正后才能审核通过" in shown
    assert reverse("staff:student_edit", args=[cast.wang.public_id]) in shown
    assert "自动检查没有发现问题，可直接通过" in dialog(cast.liu)


def test_who_has_left_while_something_is_under_way_is_an_exception(cast, plan, as_):
    apply(cast.wang)
    change(cast.wang, roster_status=RosterStatus.GRADUATED)
    li = as_(cast.li)
    [card] = li.get(reverse("staff:home")).context["cards"]
    [item] = [item for item in card.items if item.label == "已离校、尚未了结"]
    assert item.number == 1
    assert li.get(item.href).context["grid"].page.total == 1
