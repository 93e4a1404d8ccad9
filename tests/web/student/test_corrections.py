"""申请更正 on the phone: from the fault to the request, its state, and its end."""

import re

import pytest
from django.urls import reverse

from tests.common.test_pictures import HEIC, photo, upload
from tests.factories import id_number
from tests.web.student.conftest import words
from yibao.common.models import Picture
from yibao.people import flow
from yibao.people.models import Correction, Student

NUMBER = id_number(400)
LIST = "/me/corrections/"


def new(topic: str) -> str:
    return f"{LIST}new/{topic}/"


def ask(phone, topic="ethnicity", follow=True, **data):
    data = {"reason": "登记时写错了", **data}
    return phone.client.post(new(topic), data, follow=follow)


@pytest.fixture
def faulty(wang, cast):
    """王's ethnicity is missing."""
    Student.objects.filter(pk=cast.wang.pk).update(ethnicity="")
    return wang


def latest() -> Correction:
    return Correction.objects.latest("pk")


def test_a_fault_leads_to_its_request_and_back_to_the_application(faulty):
    page = faulty.client.get(faulty.screen("data")).content.decode()
    [href] = re.findall(r'href="([^"]+)">.*?申请更正</a>', page)[:1]
    assert href == f"{new('ethnicity')}?apply={faulty.row.public_id}"
    answer = faulty.client.post(href, {"ethnicity": "畲", "reason": "漏填"})
    assert answer.url == faulty.screen("data")
    screen = faulty.look("data")
    assert re.search(r"民族 — 缺少民族 更正中，\d{4}-\d\d-\d\d 提交", screen)
    assert "更正申请已提交 辅导员李老师处理后会告诉你" in screen
    assert "下一步" not in screen


def test_the_card_says_that_it_waits_and_then_that_one_may_apply(faulty, cast):
    assert "你的个人信息有 1 处需要更正" in faulty.see()
    assert "民族的更正申请已提交" in words(ask(faulty, ethnicity="畲"))
    home = faulty.see()
    assert "更正申请已提交，更正后就可以申请" in home
    assert "民族更正 待处理" in home
    flow.accept_corrections(Correction.objects.all(), by=cast.li).or_refuse()
    home = faulty.see()
    assert "民族更正 已更正" in home
    assert "请登记是否参保" in home


def test_a_return_is_told_with_its_reason_and_leads_to_another_try(faulty, cast):
    ask(faulty, ethnicity="畲")
    flow.refuse_corrections(Correction.objects.all(), by=cast.li, comment="与户口页不符")
    assert "民族更正 已退回 与户口页不符" in faulty.see()
    page = faulty.client.get(f"{LIST}{latest().public_id}/")
    assert "没有更正：与户口页不符" in words(page)
    assert f'href="{new("ethnicity")}">重新申请更正' in page.content.decode()


def test_a_number_with_its_photo(wang, cast):
    page = ask(wang, "document", document_type="1", id_number=NUMBER, proof=upload(photo()))
    assert "证件的更正申请已提交" in words(page)
    row = latest()
    assert (row.new["id_number"], row.proof.by) == (NUMBER, cast.wang.user)
    one = wang.client.get(f"{LIST}{row.public_id}/")
    assert f"证件号码 {cast.wang.id_number[:3]}***********" in words(one)
    assert f"{NUMBER[:3]}***********{NUMBER[-4:]}" in words(one)
    assert NUMBER not in one.content.decode()
    picture = wang.client.get(f"{LIST}{row.public_id}/proof.jpg")
    assert picture["Content-Type"] == "image/jpeg"


def test_what_a_new_number_brings_along_is_said(wang, cast):
    ask(wang, "document", document_type="1", id_number=id_number(7, sex="2"), proof=upload(photo()))
    one = words(wang.client.get(f"{LIST}{latest().public_id}/"))
    assert "性别 男 女" in one


def test_an_empty_number_is_the_one_on_record(wang, cast):
    Student.objects.filter(pk=cast.wang.pk).update(document_type="A")
    ask(wang, "document", document_type="1", id_number="", proof=upload(photo()))
    assert latest().new == {"document_type": "1", "id_number": cast.wang.id_number}


@pytest.mark.parametrize(
    ("topic", "data", "sentence"),
    [
        ("ethnicity", {"ethnicity": "汉"}, "与现在登记的内容相同，不需要更正"),
        ("ethnicity", {"ethnicity": "火星"}, "所选内容已不在可选范围内，请重新选择"),
        ("name", {"name": "王2"}, "姓名中有数字，应与证件一致"),
        ("name", {"name": ""}, "请填写姓名"),
        ("name", {"name": "王晓明", "reason": ""}, "请填写更正原因"),
        ("name", {"name": "王晓明"}, "请上传证件照片"),
        ("name", {"name": "王" * 61}, "最多 60 个字，现在是 61 个，请删短一些"),
        ("document", {"document_type": "1", "id_number": "35010220050302123"}, "身份证号应为 18 位，现在是 17 位"),
        ("document", {"document_type": "6", "id_number": "H1"}, "应为 H 或 M 加 8 位数字"),
        ("document", {"document_type": "", "id_number": NUMBER}, "请选择证件类型"),
        ("sex", {"sex": "2"}, "性别“女”与证件号码中的“男”不一致"),
        ("birth_date", {"birth_date": "2999-01-01"}, "出生日期 2999-01-01 晚于今天"),
        ("birth_date", {"birth_date": "三月"}, "请按 2026-09-01 的样式填写日期"),
        ("entered_on", {"entered_on": "1999-09-01"}, "入学时间 1999-09-01 不晚于出生日期"),
        ("class_group", {"class_group": ""}, "请选择班级"),
        ("class_group", {"class_group": "999999"}, "所选内容已不在可选范围内"),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field_and_the_rest_is_kept(wang, topic, data, sentence):
    page = ask(wang, topic, **({"reason": "字写错了"} | data))
    assert page.status_code == 200
    assert sentence in words(page)
    if data.get("reason") != "":
        assert "字写错了" in page.content.decode()
    assert not Correction.objects.exists()


def test_a_faulty_form_does_not_ask_for_the_photo_again(wang):
    page = ask(wang, "name", name="王2", proof=upload(photo()))
    [kept] = re.findall(r'name="proof-kept" value="([0-9a-f-]{36})"', page.content.decode())
    ask(wang, "name", **{"name": "王晓明", "proof-kept": kept})
    assert str(latest().proof.public_id) == kept


def test_heic_is_refused_with_a_way_out(wang):
    page = ask(wang, "name", name="王晓明", proof=upload(HEIC))
    assert "这是 HEIC 格式的照片" in words(page)
    assert not Picture.objects.exists()


def test_a_class_of_the_own_college_or_of_another(wang, cast):
    page = wang.client.get(new("class_group")).content.decode()
    assert "计算机2402" in page
    assert "英语2401" not in page
    other = f"{new('class_group')}?college={cast.classes.en1.major.college_id}"
    assert "英语2401" in wang.client.get(other).content.decode()
    data = {"class_group": cast.classes.en1.pk, "reason": "转专业"}
    wang.client.post(other, data)
    shown = words(wang.client.get(f"{LIST}{latest().public_id}/"))
    assert "计算机学院 · 软件工程 · 2024 级 计算机2401" in shown
    assert "外国语学院 · 英语 · 2024 级 英语2401" in shown


def test_one_request_for_one_thing(faulty):
    ask(faulty, ethnicity="畲")
    answer = faulty.client.get(new("ethnicity"))
    assert answer.status_code == 409
    assert "“民族”已在更正中" in words(answer)


def test_withdrawing(wang):
    ask(wang, "name", name="王晓明", proof=upload(photo()))
    row = latest()
    page = wang.client.post(f"{LIST}{row.public_id}/withdraw/", follow=True)
    assert "姓名的更正申请已撤回，上传的照片已删除" in words(page)
    assert not Picture.objects.exists()
    assert wang.client.get(f"{LIST}{row.public_id}/proof.jpg").status_code == 404
    assert "待处理" not in wang.see()


def test_nobody_elses_request_is_there(wang, cast, phone_of):
    ask(wang, "name", name="王晓明", proof=upload(photo()))
    public_id = latest().public_id
    zhao = phone_of(cast.zhao)
    cast.zhao.user.posts.create(level="school")
    for name in ("correction", "correction_proof"):
        address = reverse(f"student:{name}", args=[public_id])
        assert zhao.client.get(address).status_code == 404
    withdraw = reverse("student:correction_withdraw", args=[public_id])
    assert zhao.client.post(withdraw).status_code == 404
    assert latest().status == "open"


@pytest.mark.parametrize("topic", ["student_no", "college", "roster_status", "x", "DOCUMENT"])
def test_what_cannot_be_asked_for_is_not_there(wang, topic):
    assert wang.client.get(new(topic)).status_code == 404


@pytest.mark.parametrize(
    "value", ["", "1", "x" * 500, "00000000-0000-0000-0000-000000000000", "'--"]
)
def test_any_way_back_is_checked(wang, value):
    page = wang.client.get(LIST, {"apply": value, "college": value})
    assert page.status_code == 200
    answer = wang.client.post(
        f"{new('ethnicity')}?apply={value}", {"ethnicity": "畲", "reason": "x"}
    )
    assert answer.url == LIST


def test_the_list_names_all_and_says_where_the_number_is_corrected(wang):
    screen = words(wang.client.get(LIST))
    for label in ("姓名", "证件类型", "证件号码", "民族", "学院", "拟毕业时间"):
        assert label in screen
    assert "学号有误请到学校医保办公室办理" in screen
