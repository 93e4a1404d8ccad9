"""Way B over HTTP: the counselor reviews, rates go up grade → college → school, and the numbers."""

import re

import pytest

from tests.journeys.test_way_a import decide
from tests.story.person import Unexpected

pytestmark = pytest.mark.django_db(transaction=True)
GRADES, COLLEGES, SCHOOL = (f"/staff/rates/{unit}/" for unit in ("grades", "colleges", "school"))
CLASSES = r"/staff/rates/\d+/\d+/2024/classes/"
HEADS = "学生总数 应参保 参保 校外参保 放弃参保 未登记 审核中".split()


def joins(student):
    student.open("/").follow("申请参保").send(having="mobile")
    student.send(intent="join").follow("下一步").send(having="seen").sees("审核中")


def stays_out(student, reason):
    student.open("/").follow("申请参保").send(having="mobile")
    (chosen,) = [
        radio.get("value")
        for radio in student.page.xpath("//input[@name='reason']")
        if reason in radio.getparent().text_content()
    ]
    student.send(intent="stay_out", reason=chosen).send(having="seen").sees("审核中")


def counted(person, address, name):
    """The live numbers of a unit by the head of their column."""
    head, *rows = person.open(address).table()
    row = next(row for row in rows if name in " ".join(row))
    return dict(zip(head, row, strict=True))


def numbers(person, address, name):
    return [int(counted(person, address, name)[head]) for head in HEADS]


def hand_in(person, address, words):
    """Press the button of the dialog."""
    return person.open(address).press(words)


def decide_rate(person, address, action, opinion=""):
    person.open(address)
    return person.post(person.url, do="run", action=action, all="1", opinion=opinion)


def sums(*lines):
    return [sum(column) for column in zip(*lines, strict=True)]


def classes_sum_to(person, grades):
    """The classes below each grade, added up, are the grade."""
    addresses = set(re.findall(CLASSES, " ".join(person.page.xpath("//a/@href"))))
    assert len(addresses) == len(grades)
    for address in addresses:
        head, *classes, whole = person.open(address).table()
        columns = [head.index(name) for name in HEADS]
        of_classes = [[int(row[at]) for at in columns] for row in classes]
        assert len(classes) == 2
        assert sums(*of_classes) == [int(whole[at]) for at in columns]
        assert sums(*of_classes) in grades


def test_from_the_first_application_to_the_school_s_rate(cast_b, arrive):
    li, he, sun, zhang = (arrive(getattr(cast_b, who)) for who in ("li", "he", "sun", "zhang"))
    xu, qian, office = arrive(cast_b.xu), arrive(cast_b.qian), arrive(cast_b.office)

    li.open(GRADES).sees(
        "还有 2 名学生未登记", "未登记人数为 0 后才能提交", "计算机2401", "计算机2402"
    )
    assert "外国语" not in li.text
    with pytest.raises(Unexpected, match="no button"):
        hand_in(li, GRADES, "提交 2024 级参保率")
    assert numbers(li, GRADES, "2024 级") == [2, 2, 0, 0, 0, 2, 0]

    joins(arrive(cast_b.wang))
    stays_out(arrive(cast_b.liu), "已在户籍地参加居民医保")
    assert numbers(li, GRADES, "2024 级") == [2, 2, 0, 0, 0, 0, 2]
    decide(li, "approve", comment="同意")
    arrive(cast_b.wang).open("/").sees("待缴费")
    arrive(cast_b.liu).open("/").sees("不参保")
    row = counted(li, GRADES, "2024 级")
    assert [int(row[head]) for head in HEADS] == [2, 2, 1, 1, 0, 0, 0]
    assert (row["在校参保率"], row["综合参保率"]) == ("50.00%", "100.00%")

    hand_in(li, GRADES, "提交 2024 级参保率").sees("参保率已提交，等待学院审核")
    with pytest.raises(Unexpected, match="no button"):
        hand_in(he, GRADES, "提交 2024 级参保率")
    with pytest.raises(Unexpected, match="no button"):
        hand_in(xu, COLLEGES, "提交学院参保率")
    decide_rate(xu, GRADES, "return").sees("请填写审核意见")
    decide_rate(xu, GRADES, "return", "请核对不参保证明")
    li.open(GRADES).sees("已退回", "请核对不参保证明")
    hand_in(li, GRADES, "提交 2024 级参保率")
    decide_rate(qian, GRADES, "accept")  # nothing of theirs is there
    assert counted(li, GRADES, "2024 级")["上报状态"] == "已上报"
    decide_rate(xu, GRADES, "accept", "同意")
    hand_in(xu, COLLEGES, "提交学院参保率").sees("参保率已提交，等待学校审核")
    decide_rate(office, COLLEGES, "accept", "同意")
    office.open(SCHOOL).sees("1 / 2 个学院已通过")

    # The other college is late; what it adds later is added to the school's rate.
    joins(arrive(cast_b.zhao))
    joins(arrive(cast_b.zhou_en))
    decide(sun, "approve")
    decide(zhang, "approve")
    hand_in(sun, GRADES, "提交 2024 级参保率").sees("已提交")
    decide_rate(qian, GRADES, "accept")
    hand_in(qian, COLLEGES, "提交学院参保率").sees("已提交")
    decide_rate(office, COLLEGES, "accept")
    office.open(SCHOOL).sees("2 / 2 个学院已通过")

    parts = [numbers(office, SCHOOL, name) for name in ("计算机学院", "外国语学院")]
    assert parts == [[2, 2, 1, 1, 0, 0, 0], [2, 2, 2, 0, 0, 0, 0]]
    assert numbers(office, SCHOOL, "全校") == sums(*parts) == [4, 4, 3, 1, 0, 0, 0]
    assert counted(office, SCHOOL, "全校")["在校参保率"] == "75.00%"
    grades = [numbers(office, GRADES, name) for name in ("计算机学院", "外国语学院")]
    assert grades == parts
    classes_sum_to(office.open(GRADES), grades)


def test_later_money_changes_the_live_rate_and_not_the_one_handed_in(cast_b, arrive):
    li, xu = arrive(cast_b.li), arrive(cast_b.xu)
    joins(arrive(cast_b.wang))
    joins(arrive(cast_b.liu))
    decide(li, "approve")
    hand_in(li, GRADES, "提交 2024 级参保率")
    li.open("/staff/cash/").post(li.url, do="run", action="take", all="1")
    addresses = xu.open(GRADES).page.xpath("//a/@href")
    xu.open(next(a for a in addresses if re.fullmatch(r"/staff/rates/reports/\d+/students/", a)))
    wang = next(row for row in xu.table() if "王小明" in row)
    assert [word for word in wang if word in ("待缴费", "已参保")] == ["待缴费", "已参保"]
