"""What a password must not be: short, common, or known to others."""

from datetime import date

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.factories import make_class, make_staff, make_student
from yibao.people.levels import Level


@pytest.fixture
def wang(db):
    return make_student(
        make_class(),
        "Alexander",
        "2024010001",
        birth_date=date(2005, 3, 2),
        id_number="350102200503020014",
        mobile="13905910001",
    ).user


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("abc 123", "密码至少 8 个字符，现在是 7 个，请再加长一些"),
        ("aaaaaaaabbbb", "密码里重复的字符太多，请换得更丰富一些"),
        ("password123", "这个密码太常见，容易被猜到，请换一个，例如几个不相关的词连在一起"),
        ("Pass word", "这个密码太常见，容易被猜到，请换一个，例如几个不相关的词连在一起"),
        ("2024010001", "密码不能由学号/工号构成，同学和同事都知道它，请换一个"),
        ("2024-0100-01!!", "密码不能由学号/工号构成，同学和同事都知道它，请换一个"),
        ("ALEXANDER99", "密码不能由姓名构成，请换一个"),
        ("20050302ab", "密码不能由生日构成，请换一个"),
        ("050302abcd", "密码不能由生日构成，请换一个"),
        ("020014wx", "密码不能由证件号码构成，初始密码就是这样来的，请换一个"),
        ("350102200503020014", "密码不能由证件号码构成，初始密码就是这样来的，请换一个"),
        ("13905910001a", "密码不能由手机号构成，请换一个"),
    ],
)
def test_what_others_may_know_is_refused(wang, password, sentence):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, wang)
    assert sentence in refused.value.messages


@pytest.mark.parametrize(
    "password",
    [
        "七月流火九月授衣",
        "correct horse battery",
        "  leading and trailing  ",
        "2024010001 与我 一起去看 海边的日出",
        "x" * 40 + "一二三",
    ],
)
def test_what_is_long_and_ones_own_is_taken(wang, password):
    validate_password(password, wang)


def test_staff_have_no_birthday_here(db):
    li = make_staff("T001", "李老师", Level.SCHOOL)
    validate_password("20050302ab", li)
    with pytest.raises(ValidationError, match="学号/工号"):
        validate_password("t001", li)
