"""`yibao set-password`: how a system gets its first administrator, and only that."""

import pytest

from yibao.accounts.models import User
from yibao.common.models import AuditEntry
from yibao.people.levels import Level
from yibao.people.scope import holds
from yibao.server.commands import set_password
from yibao.server.trouble import Trouble


def test_the_first_administrator(db, capsys):
    assert set_password.run(["9001", "--administrator", "郑海峰"]) == 0
    user = User.objects.get()
    number, name, password = capsys.readouterr().out.split()
    assert (number, name) == ("9001", "郑海峰:")
    assert user.check_password(password)
    assert user.must_change_password
    assert holds(user, Level.ADMIN)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "by")) == [
        ("give_post", None),
        ("give_initial_password", None),
    ]


def test_an_administrator_who_was_put_out_comes_back_this_way(cast):
    cast.admin.posts.update(is_active=False)
    User.objects.filter(pk=cast.admin.pk).update(is_active=False)
    set_password.run(["T041", "--administrator", "冯管理"])
    assert holds(User.objects.get(pk=cast.admin.pk), Level.ADMIN)


def test_nobody_gets_the_post_beside_another(cast):
    before = User.objects.get(pk=cast.office.pk).password
    with pytest.raises(Trouble, match=r"^系统管理员不能兼任其他岗位，周主任现在的岗位是学校"):
        set_password.run(["T021", "--administrator", "周主任"])
    assert User.objects.get(pk=cast.office.pk).password == before


def test_a_new_password_alone_gives_no_post(cast):
    set_password.run(["T021"])
    assert not holds(User.objects.get(pk=cast.office.pk), Level.ADMIN)
    with pytest.raises(Trouble, match=r"^There is no account T999"):
        set_password.run(["T999"])
