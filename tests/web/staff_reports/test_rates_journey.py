"""Journey B over HTTP: blocked, handed in, returned, accepted, up to the school."""

import re

from django.urls import reverse

from tests.web.staff_reports.conftest import length, listed, register, said
from yibao.reports.models import RateReport
from yibao.reports.states import RateStatus


def grades(plan):
    return f"{reverse('staff:grade_rates')}?plan={plan.pk}"


def colleges(plan):
    return f"{reverse('staff:college_rates')}?plan={plan.pk}"


def numbers(response, address):
    """The figures of the live table's rows: name of the unit → its numbers."""
    live = response.context["live"]
    return {row.unit.name: [cell.number for cell in row.cells] for row in live}, address


def decide(client, address, report, action, opinion=""):
    data = {"do": "run", "action": action, "pk": report.pk, "opinion": opinion}
    return client.post(address, data, follow=True)


def test_the_rate_of_a_grade_goes_up_to_the_school(cast, way_b, as_):
    li, xu, office = as_(cast.li), as_(cast.xu), as_(cast.office)
    computing = cast.classes.cs1.major.college
    hand_in = reverse("staff:hand_in_grade", args=[way_b.pk, computing.pk, 2024])

    # 未登记 ≠ 0: the page says so, names the classes and whom to ask, and the verb refuses.
    page = li.get(grades(way_b))
    assert numbers(page, "")[0] == {"2024 级": [2, 2, 0, 0, 0, 2, 0]}
    text = page.content.decode()
    assert "还有 2 名学生未登记（含已退回），未登记人数为 0 后才能提交" in text
    assert [b["blocker"].sentence for b in page.context["live"][0].blockers] == ["1 人未登记"] * 2
    assert "何老师、李老师" in text
    waiting = listed(cast.li, page.context["live"][0].blockers[0]["to_register"])
    assert [row.student.name for row in waiting.matching] == ["王小明"]
    refused = li.post(
        hand_in, follow=True, headers={"referer": f"http://testserver{grades(way_b)}"}
    )
    assert said(refused) == ["还有 2 名学生未登记（含已退回），未登记人数为 0 后才能提交"]
    assert RateReport.objects.count() == 0

    register(way_b, cast.wang, cast.li)
    register(way_b, cast.liu, cast.he, reason="已在户籍地参加居民医保")
    page = li.get(grades(way_b))
    assert numbers(page, "")[0] == {"2024 级": [2, 2, 1, 1, 0, 0, 0]}
    assert (
        page.context["live"][0].campus_rate,
        page.context["live"][0].coverage_rate,
    ) == ("50.00%", "100.00%")
    assert said(li.post(hand_in, follow=True)) == ["计算机学院 2024 级参保率已提交，等待学院审核"]
    report = RateReport.objects.get()

    # The college returns it with an opinion, the counselor sees why and hands in again.
    without = decide(xu, grades(way_b), report, "return")
    assert RateReport.objects.get().status == RateStatus.HANDED_IN, said(without)
    decide(xu, grades(way_b), report, "return", "请核对不参保证明")
    assert "请核对不参保证明" in li.get(grades(way_b)).content.decode()
    li.post(hand_in)
    decide(xu, grades(way_b), report, "accept", "同意")
    assert RateReport.objects.get().status == RateStatus.ACCEPTED

    # The frozen list, and the college's hand-in.
    roster = xu.get(reverse("staff:grade_roster", args=[report.pk]))
    assert sorted(
        roster.context["grid"].matching.values_list("enrolment__student__name", "standing")
    ) == [("刘思雨", "elsewhere"), ("王小明", "awaiting_payment")]
    for stat in roster.context["stats"][:7]:
        shown = xu.get(roster.request["PATH_INFO"] + stat["href"]).context["grid"]
        assert (shown.faults, shown.page.total) == ((), stat["number"]), stat
    assert length(cast.xu, f"{reverse('staff:college_roster')}?plan={way_b.pk}") == 2
    [row] = xu.get(colleges(way_b)).context["live"]
    assert (row.accepted, row.hand_in_rates, row.why_not) == ("1 / 1", ("50.00%", "100.00%"), "")
    up = reverse("staff:hand_in_college", args=[way_b.pk, computing.pk])
    assert said(xu.post(up, follow=True)) == ["计算机学院参保率已提交，等待学校审核"]

    # The school decides and sees the whole, with who is late.
    page = office.get(colleges(way_b))
    assert [
        (row.unit.name, [grade.name for grade in row.missing]) for row in page.context["live"]
    ] == [("外国语学院", ["2024 级"]), ("计算机学院", [])]
    college = RateReport.objects.get(grade=None)
    decide(office, colleges(way_b), college, "accept", "同意")
    school = office.get(f"{reverse('staff:school_rate')}?plan={way_b.pk}")
    assert [cell.number for cell in school.context["cells"]] == [4, 4, 1, 1, 0, 2, 0]
    assert (school.context["campus_rate"], school.context["frozen_rate"]) == ("25.00%", "50.00%")
    assert [row.unit.name for row in school.context["late"]] == ["外国语学院"]


def test_several_rates_are_decided_at_once_and_each_says_what_became_of_it(cast, way_b, as_):
    register(way_b, cast.wang, cast.li)
    register(way_b, cast.liu, cast.he)
    register(way_b, cast.zhao, cast.sun)
    register(way_b, cast.zhou_en, cast.zhang)
    computing, languages = cast.classes.cs1.major.college, cast.classes.en1.major.college
    for counselor, college in ((cast.li, computing), (cast.sun, languages)):
        as_(counselor).post(reverse("staff:hand_in_grade", args=[way_b.pk, college.pk, 2024]))
    for officer, college in ((cast.xu, computing), (cast.qian, languages)):
        report = RateReport.objects.get(college=college)
        decide(as_(officer), grades(way_b), report, "accept")
        as_(officer).post(reverse("staff:hand_in_college", args=[way_b.pk, college.pk]))
    office = as_(cast.office)
    office.post(colleges(way_b), {"do": "run", "action": "accept", "all": "1", "opinion": ""})
    assert set(RateReport.objects.values_list("status", flat=True)) == {RateStatus.ACCEPTED}
    # The school returns one: its grades can be returned again.
    college = RateReport.objects.get(college=languages, grade=None)
    decide(office, colleges(way_b), college, "return", "请补充")
    assert RateReport.objects.get(pk=college.pk).status == RateStatus.RETURNED


def test_what_changes_after_handing_in_is_shown_as_drift(cast, way_b, as_):
    register(way_b, cast.wang, cast.li)
    register(way_b, cast.liu, cast.he)
    computing = cast.classes.cs1.major.college
    as_(cast.li).post(reverse("staff:hand_in_grade", args=[way_b.pk, computing.pk, 2024]))
    row = as_(cast.li).get(grades(way_b)).context["live"][0]
    assert row.drift == ""
    from yibao.enrolment import flow  # noqa: PLC0415 - the one step of this test

    mine = way_b.enrolments.filter(student=cast.wang)
    flow.take_back(mine, by=cast.li, comment="信息有误").or_refuse()
    row = as_(cast.li).get(grades(way_b)).context["live"][0]
    assert row.drift == "待缴费 −1，已退回 +1"
    assert row.unit.frozen.joined == 2


def test_a_counselor_of_part_of_a_grade_sees_its_sums_but_lists_of_own_students_only(
    cast, way_b, as_
):
    he = as_(cast.he)  # one of the two classes
    [row] = he.get(grades(way_b)).context["live"]
    assert row.cells[0].number == 2
    assert {cell.href for cell in row.cells} == {""}
    mine = [item["blocker"].class_group.name for item in row.blockers if item["mine"]]
    assert mine == ["计算机2402"]
    assert [i["blocker"].counselors for i in row.blockers] == ["李老师", "何老师、李老师"]


def test_every_number_of_a_live_rate_is_the_length_of_its_list(cast, way_b, as_):
    register(way_b, cast.wang, cast.li)
    for user in (cast.li, cast.xu, cast.office, cast.zhang):
        client = as_(user)
        page = client.get(grades(way_b))
        linked = [c for row in page.context["live"] for c in row.cells if c.href]
        assert linked
        for cell in linked:
            assert length(user, cell.href) == cell.number, cell


def test_classes_sum_to_their_grade_and_link_to_their_students(cast, way_b, as_):
    register(way_b, cast.wang, cast.li)
    computing = cast.classes.cs1.major.college
    page = as_(cast.xu).get(reverse("staff:class_rates", args=[way_b.pk, computing.pk, 2024]))
    parts = [[cell.number for cell in row["cells"]] for row in page.context["rows"]]
    assert [sum(column) for column in zip(*parts, strict=True)] == [
        cell.number for cell in page.context["total"].cells
    ]
    links = re.findall(r'href="(/staff/enrolments/[^"]+)"', page.content.decode())
    assert len(links) == 10  # zeros lead nowhere


def test_a_grade_elsewhere_is_not_found(cast, way_b, as_):
    languages = cast.classes.en1.major.college
    address = reverse("staff:class_rates", args=[way_b.pk, languages.pk, 2024])
    answers = {
        name: as_(getattr(cast, name)).get(address).status_code
        for name in ("li", "xu", "sun", "qian", "zhang", "office", "finance", "admin")
    }
    assert answers == {
        "li": 404, "xu": 404, "sun": 200, "qian": 200, "zhang": 200, "office": 200,
        "finance": 403, "admin": 403,
    }  # fmt: skip


def test_nobody_decides_for_another_college_or_level(cast, way_b, as_):
    register(way_b, cast.wang, cast.li)
    register(way_b, cast.liu, cast.he)
    computing = cast.classes.cs1.major.college
    as_(cast.li).post(reverse("staff:hand_in_grade", args=[way_b.pk, computing.pk, 2024]))
    report = RateReport.objects.get()
    for user in (cast.li, cast.qian, cast.office, cast.finance):
        decide(as_(user), grades(way_b), report, "accept", "同意")
        assert RateReport.objects.get().status == RateStatus.HANDED_IN, user
    roster = reverse("staff:grade_roster", args=[report.pk])
    assert as_(cast.qian).get(roster).status_code == 404
    seen = as_(cast.he).get(roster).context["grid"].matching
    assert list(seen.values_list("enrolment__student__name", flat=True)) == ["刘思雨"]
