"""A recognition that was withdrawn counts for nothing and stays in the list."""

import pytest

from tests.common.books import book
from tests.factories import make_plan
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.plans.hardship import import_hardship
from yibao.plans.models import HardshipEntry
from yibao.plans.recognition import restore, withdraw

HEAD = ["学年", "学号", "姓名", "困难等级", "认定类别"]


@pytest.fixture
def entry(cast):
    return HardshipEntry.objects.create(
        academic_year=2026, student=cast.wang, category="低保对象", level="困难"
    )


def these():
    return HardshipEntry.objects.all()


def is_hardship(student):
    return Enrolment.objects.with_hardship().get(student=student).is_hardship


def test_only_the_office_withdraws_and_says_why(cast, entry):
    enlist(make_plan(), by=cast.office)
    for by in (cast.li, cast.xu, cast.finance):
        assert set(withdraw(these(), by=by, note="核查").refused.values()) == {
            "只有学校医保办公室可以撤销和恢复认定"
        }
    with pytest.raises(Refused, match="原因"):
        withdraw(these(), by=cast.office, note=" ")
    assert is_hardship(cast.wang)
    withdraw(these(), by=cast.office, note="核查后不符合").or_refuse()
    entry.refresh_from_db()
    assert (entry.withdrawn_note, entry.withdrawn_at is None) == ("核查后不符合", False)
    assert not is_hardship(cast.wang)
    assert "已经撤销" in next(iter(withdraw(these(), by=cast.office, note="x").refused.values()))
    restore(these(), by=cast.office).or_refuse()
    assert is_hardship(cast.wang)
    assert "没有撤销" in next(iter(restore(these(), by=cast.office).refused.values()))
    acts = AuditEntry.objects.filter(subject_type="hardshipentry").values_list("action", flat=True)
    assert set(acts) == {
        "withdraw_recognition", "withdraw_recognition_refused",
        "restore_recognition", "restore_recognition_refused",
    }  # fmt: skip


def test_an_old_list_does_not_bring_it_back_unawares(cast, entry, tmp_path):
    line = ["2026-2027", cast.wang.student_no, "王小明", "困难", "低保对象"]
    withdraw(these(), by=cast.office, note="重复").or_refuse()
    [fault] = import_hardship(book(tmp_path / "a.xlsx", HEAD, line), by=cast.office).errors
    assert "撤销（重复），请从名单中删去，或先在“贫困生名单”里恢复" in fault.message
    assert fault.column == "认定类别"


def test_the_name_of_the_list_is_kept_and_follows_a_later_list(cast, tmp_path):
    line = ["2026-2027", cast.wang.student_no, "王小明", "困难", "低保对象"]
    path = book(tmp_path / "a.xlsx", HEAD, line)
    assert import_hardship(path, by=cast.office).added == 1
    assert HardshipEntry.objects.get().listed_name == "王小明"
    assert import_hardship(path, by=cast.office).unchanged == 1
    type(cast.wang).objects.filter(pk=cast.wang.pk).update(name="王晓明")
    again = book(tmp_path / "b.xlsx", HEAD, [*line[:2], "王晓明", *line[3:]])
    report = import_hardship(again, by=cast.office)
    assert (report.changed, report.changes[0].fields) == (1, ("姓名",))
    assert HardshipEntry.objects.get().listed_name == "王晓明"
