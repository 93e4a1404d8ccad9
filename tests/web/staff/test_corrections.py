"""更正申请 and 学生管理 as staff use them."""

import re

import pytest
from django.urls import reverse

from tests.common.test_pictures import photo, upload
from tests.factories import id_number
from tests.web.student.conftest import words
from yibao.common import pictures
from yibao.common.models import AuditEntry
from yibao.people import flow
from yibao.people.flow import Wish
from yibao.people.master import FIELDS
from yibao.people.models import Correction, Student
from yibao.people.states import Topic

NUMBER = id_number(400)
LIST = "/staff/corrections/"
HX = {"HX-Request": "true"}


@pytest.fixture
def number(cast) -> Correction:
    """王 asks for another number."""
    proof = pictures.keep(upload(photo()), by=cast.wang.user)
    new = {"document_type": "1", "id_number": NUMBER}
    wish = Wish(Topic.DOCUMENT, new, "抄错一位", proof)
    return flow.ask_correction(cast.wang, wish, by=cast.wang.user)


def signed_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form(student, **changes) -> dict:
    now = {name: getattr(student, name) or "" for name in FIELDS if name != "id_number"}
    return now | {"class_group": student.class_group_id, "reason": "已核对原件"} | changes


def edit(student) -> str:
    return reverse("staff:student_edit", args=[student.public_id])


def test_it_waits_on_the_desk_and_in_the_list(client, cast, number):
    signed_in(client, cast.li)
    assert "更正申请待处理 1 项" in words(client.get("/staff/"))
    screen = words(client.get(f"{LIST}?q="))
    assert f"{NUMBER[:3]}***********{NUMBER[-4:]}" in screen
    assert "抄错一位" in screen
    signed_in(client, cast.sun)
    assert "更正申请待处理" not in words(client.get("/staff/"))
    assert "没有待处理的更正申请" in words(client.get(f"{LIST}?q="))


def test_the_dialog_shows_old_and_new_and_the_photo_by_a_deliberate_act(client, cast, number):
    signed_in(client, cast.li)
    page = client.get(f"{LIST}?part=detail&pk={number.pk}&at=0", headers=HX)
    said = page.content.decode()
    assert NUMBER not in said
    assert "更正证件" in words(page)
    assert not AuditEntry.objects.filter(action__in=["disclose", "view_proof"]).exists()
    [full] = re.findall(r'hx-post="([^"]+/number/)"', said)
    assert NUMBER in client.post(full).content.decode()
    [seen] = set(re.findall(r'src="([^"]+proof\.jpg)"', said))
    assert client.get(seen)["Content-Type"] == "image/jpeg"
    lines = AuditEntry.objects.filter(action__in=["disclose", "view_proof"]).order_by("pk")
    assert [(e.by, e.subject_id, e.data) for e in lines] == [
        (cast.li, cast.wang.pk, {"field": "申请更正的证件号码", "post": "辅导员"}),
        (cast.li, cast.wang.pk, {"field": "更正证件的照片", "post": "辅导员"}),
    ]


def test_accepting_writes_and_moves_it_to_the_decided(client, cast, number):
    signed_in(client, cast.li)
    data = {"do": "run", "action": "accept", "pk": number.pk, "comment": ""}
    assert "通过：已完成 1 条" in words(client.post(LIST, data, follow=True))
    assert Student.objects.get(pk=cast.wang.pk).id_number == NUMBER
    assert "没有待处理的更正申请" in words(client.get(f"{LIST}?q="))
    assert "已更正" in words(client.get(f"{LIST}?decided=1"))
    detail = words(client.get(f"/staff/students/?part=detail&pk={cast.wang.pk}&at=0", headers=HX))
    assert re.search(
        r"资料变更记录 通过更正申请 \S+ \S+ 李老师 证件号码：350\*+\d{3}[\dX] → 350\*+\d{3}[\dX]",
        detail,
    )


def test_a_number_of_another_is_blocked_in_preview_and_dialog(client, cast, number):
    taken = {"document_type": "1", "id_number": cast.zhao.id_number}
    Correction.objects.filter(pk=number.pk).update(new=taken)
    signed_in(client, cast.li)
    preview = client.post(LIST, {"do": "preview", "action": "accept", "pk": number.pk}, headers=HX)
    page = client.get(f"{LIST}?part=detail&pk={number.pk}&at=0", headers=HX)
    for answer in (preview, page):
        assert "这个证件号码已登记在另一名学生名下" in words(answer)
        assert cast.zhao.name not in words(answer)
    client.post(LIST, {"do": "run", "action": "accept", "pk": number.pk, "comment": ""})
    assert Correction.objects.get().status == "open"


def test_a_student_is_maintained_on_a_form(client, cast):
    signed_in(client, cast.li)
    page = client.get(edit(cast.wang)).content.decode()
    assert cast.wang.id_number not in page
    answer = client.post(edit(cast.wang), form(cast.wang, name="王晓明", id_number=""), follow=True)
    assert "已修改王晓明的姓名" in words(answer)
    student = Student.objects.get(pk=cast.wang.pk)
    assert (student.name, student.id_number) == ("王晓明", cast.wang.id_number)
    detail = words(client.get(f"/staff/students/?part=detail&pk={student.pk}&at=0", headers=HX))
    assert "李老师 姓名：王小明 → 王晓明 依据：已核对原件" in detail


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "请填写姓名"),
        ({"name": "王3"}, "姓名中有数字，应与证件一致"),
        ({"reason": ""}, "请填写修改依据"),
        ({"id_number": "12345"}, "身份证号应为 18 位，现在是 5 位"),
        ({"birth_date": "2001-01-01"}, "出生日期 2001-01-01 与证件号码中的"),
        ({"class_group": "x"}, "所选内容已不在可选范围内"),
    ],
)
def test_a_fault_stands_at_its_field(client, cast, changes, sentence):
    signed_in(client, cast.li)
    answer = client.post(edit(cast.wang), form(cast.wang, **changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert Student.objects.get(pk=cast.wang.pk).name == "王小明"


def test_a_field_that_is_missing_may_stay_missing(client, cast):
    Student.objects.filter(pk=cast.wang.pk).update(entered_on=None)
    signed_in(client, cast.li)
    student = Student.objects.get(pk=cast.wang.pk)
    answer = client.post(edit(student), form(student, name="王晓明"), follow=True)
    assert "已修改王晓明的姓名" in words(answer)


def test_only_the_school_offers_classes_of_another_college(client, cast):
    other = f"{edit(cast.wang)}?college={cast.classes.en1.major.college_id}"
    for who, offered in ((cast.li, False), (cast.xu, False), (cast.office, True)):
        signed_in(client, who)
        assert ("英语2401" in client.get(other).content.decode()) == offered
