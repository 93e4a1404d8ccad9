"""我的 and 记录."""

from tests.web.student.conftest import words
from yibao.people.models import Student


def test_my_data_are_masked(wang, cast):
    screen = words(wang.client.get("/me/"))
    assert "证件号码 350***********" in screen
    assert f"手机号 {cast.wang.mobile[:3]}****{cast.wang.mobile[-4:]}" in screen
    for secret in (cast.wang.id_number, cast.wang.mobile):
        assert secret not in wang.client.get("/me/").content.decode()
    assert "修改密码" in screen
    assert "退出登录" in screen


def test_faults_stand_at_their_field(wang, cast):
    cast.wang.ethnicity = "火星"
    cast.wang.save()
    assert "民族 火星族 没有“火星”这个民族" in words(wang.client.get("/me/"))


def test_contact_data_can_be_changed(wang, cast):
    form = wang.client.get("/me/contact/").content.decode()
    assert f'value="{cast.wang.mobile}"' in form
    page = wang.client.post("/me/contact/", {"mobile": "+852 6123 4567"}, follow=True)
    assert "联系方式已保存" in words(page)
    assert Student.objects.get(pk=cast.wang.pk).mobile == "+85261234567"


def test_a_fault_keeps_what_was_entered(wang, cast):
    page = wang.client.post("/me/contact/", {"mobile": "139", "home_address": "东街"})
    assert "手机号应为 11 位" in words(page)
    assert 'value="东街"' in page.content.decode()
    assert Student.objects.get(pk=cast.wang.pk).mobile == cast.wang.mobile


def test_the_history_says_what_each_year_cost(owing):
    assert "2026-2027 学年 2026年大学生医保 待缴费 ¥533.00" in words(owing.client.get("/history/"))
