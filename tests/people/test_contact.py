"""Contact data: which are right, and who may change whose."""

from dataclasses import replace

import pytest
from django.db import connection

from yibao.accounts.email import change_email
from yibao.accounts.models import User
from yibao.common.crypto import blind_index
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.people.contact import Contact, contact_faults, contact_of, tidy
from yibao.people.flow import change_contact
from yibao.people.models import Student

GOOD = Contact("13905914858", "0591-88009518", "福州市鼓楼区东街 1 号 502 室", "350009")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("home_phone", "0591-88009518"),
        ("home_phone", "+86 591 8800 9518"),
        ("home_phone", "(0591) 88009518"),
        ("home_phone", ""),
        ("postcode", ""),
        ("home_address", ""),
        ("home_address", "长" * 120),
        ("mobile", "+85261234567"),
        ("email", ""),
        ("email", "wang.xm+med@stu.example.edu.cn"),
    ],
)
def test_right(field, value):
    assert contact_faults(Contact(**{**vars(GOOD), field: value})) == {}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mobile", "", "缺少手机号"),
        ("mobile", "12905914858", "13 至 19 开头"),
        ("mobile", "１３９", "11 位"),
        ("home_phone", "家里", "区号加号码"),
        ("home_phone", "123", "区号加号码"),
        ("home_phone", "1" * 21, "区号加号码"),
        ("home_phone", "٠٥٩١٨٨٠٠٩٥١٨", "区号加号码"),
        ("postcode", "35000", "6 位数字"),
        ("postcode", "٣٥٠٠٠٩", "6 位数字"),
        ("home_address", "长" * 121, "最多 120 个字，现在是 121 个"),
        ("home_address", "东街\x07", "无法显示的字符"),
        ("email", "wang", "name@example.edu.cn"),
        ("email", "wang@example", "name@example.edu.cn"),
        ("email", "王@example.cn", "name@example.edu.cn"),
        ("email", "a@b.cn\nBcc: c@d.cn", "name@example.edu.cn"),
        ("email", "a..b@c.cn", "name@example.edu.cn"),
        ("email", f"{'a' * 60}@{'b' * 60}.cn", "name@example.edu.cn"),
    ],
)
def test_wrong_says_how_to_mend_it(field, value, said):
    faults = contact_faults(tidy(Contact(**{**vars(GOOD), field: value})))
    assert list(faults) == [field]
    assert said in faults[field]


@pytest.mark.parametrize("who", ["wang", "li", "office"])
def test_who_may(cast, who):
    by = cast.wang.user if who == "wang" else getattr(cast, who)
    change_contact(cast.wang, GOOD, by=by)
    now_is = Student.objects.get(pk=cast.wang.pk)
    assert now_is.home_address == GOOD.home_address
    assert bytes(now_is.mobile_index) == blind_index(GOOD.mobile)
    assert AuditEntry.objects.get().by == by


@pytest.mark.parametrize("who", ["liu", "he", "sun", "xu", "finance", "admin", "auditor"])
def test_who_may_not(cast, who):
    by = cast.liu.user if who == "liu" else getattr(cast, who)
    with pytest.raises(Refused, match="只能修改本人或所带班级学生的联系方式"):
        change_contact(cast.wang, GOOD, by=by)
    assert Student.objects.get(pk=cast.wang.pk).mobile == cast.wang.mobile


def test_the_verb_refuses_what_the_form_let_through(cast):
    with pytest.raises(Refused, match="缺少手机号"):
        change_contact(cast.wang, Contact(""), by=cast.wang.user)


def test_the_trail_holds_no_values(cast):
    change_contact(cast.wang, GOOD, by=cast.wang.user)
    trail = AuditEntry.objects.get()
    assert trail.data == {"fields": ["手机号", "家庭电话", "家庭地址", "邮编"]}


def test_the_address_for_mail_is_one_s_own(cast):
    own = replace(GOOD, email="wang@example.edu.cn")
    change_contact(cast.wang, own, by=cast.wang.user)
    assert User.objects.get(pk=cast.wang.user_id).email == "wang@example.edu.cn"
    change_contact(cast.wang, replace(GOOD, postcode="350001"), by=cast.li)
    assert contact_of(Student.objects.get(pk=cast.wang.pk)) == replace(own, postcode="350001")
    change_contact(cast.wang, GOOD, by=cast.wang.user)
    assert User.objects.filter(pk=cast.wang.user_id, email=None).exists()


def test_the_address_is_sealed(cast):
    change_contact(cast.wang, replace(GOOD, email="wang@example.edu.cn"), by=cast.wang.user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM accounts_user WHERE id = %s", [cast.wang.user_id])
        assert b"example" not in bytes(cursor.fetchone()[0])


def test_staff_change_their_own_address_and_nobody_else_s(cast):
    assert change_email(cast.li, " li@example.edu.cn ", by=cast.li).email == "li@example.edu.cn"
    assert change_email(cast.li, "li@example.edu.cn", by=cast.li).email == "li@example.edu.cn"
    with pytest.raises(Refused, match="只能修改本人的电子邮箱"):
        change_email(cast.li, "", by=cast.xu)
    with pytest.raises(Refused, match="电子邮箱请写成"):
        change_email(cast.li, "li", by=cast.li)
    entry = AuditEntry.objects.get(action="change_email")
    assert (entry.by, entry.data) == (cast.li, {})
