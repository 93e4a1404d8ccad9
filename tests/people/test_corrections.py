"""更正申请: asked by the student, decided by who is in charge, written into the master data."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.common.test_pictures import photo, upload
from tests.factories import id_number, make_class, make_student
from yibao.accounts.models import User
from yibao.common import audit, pictures
from yibao.common.crypto import blind_index
from yibao.common.errors import Refused
from yibao.common.models import AuditEntry, Picture
from yibao.notify.models import Message
from yibao.people import flow, rules
from yibao.people.checks import master_faults
from yibao.people.flow import Wish
from yibao.people.models import Correction, Student
from yibao.people.states import CorrectionStatus, Topic

NUMBER = id_number(400)
PASSPORT = {"document_type": "A", "id_number": "E12345678"}


def proof_of(student):
    return pictures.keep(upload(photo()), by=student.user)


def ask(student, topic, *, reason="登记时写错了", proof=None, **new) -> Correction:
    if proof is None and topic in (Topic.NAME, Topic.DOCUMENT):
        proof = proof_of(student)
    return flow.ask_correction(student, Wish(topic, new, reason, proof), by=student.user)


def ask_number(student, number=NUMBER) -> Correction:
    return ask(student, Topic.DOCUMENT, document_type="1", id_number=number)


def rows(*corrections):
    return Correction.objects.filter(pk__in=[row.pk for row in corrections])


def accept(*corrections, by):
    return flow.accept_corrections(rows(*corrections), by=by)


def now(row):
    return Correction.objects.get(pk=row.pk)


def student_now(student) -> Student:
    return Student.objects.select_related("class_group__major__college", "user").get(pk=student.pk)


# Asking ----------------------------------------------------------------------------------------


def test_a_request_waits_and_changes_nothing(cast):
    row = ask(cast.wang, Topic.NAME, name=" 王 晓明\u200b")
    assert (row.status, row.old, row.new) == ("open", {"name": "王小明"}, {"name": "王晓明"})
    assert row.proof.is_used
    assert student_now(cast.wang).name == "王小明"


def test_what_is_asked_for_is_stored_sealed(cast):
    row = ask_number(cast.wang)
    with connection.cursor() as cursor:
        cursor.execute("SELECT old, new, reason FROM people_correction WHERE id = %s", [row.pk])
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    for text in (NUMBER, cast.wang.id_number, "登记时写错了"):
        assert text.encode() not in stored
    assert now(row).new["id_number"] == NUMBER


def test_the_trail_holds_no_full_number(cast):
    row = ask(
        cast.wang,
        Topic.DOCUMENT,
        document_type="1",
        id_number=NUMBER,
        reason=f"应为 {NUMBER}",
    )
    accept(row, by=cast.li)
    other = ask(cast.wang, Topic.ETHNICITY, ethnicity="畲")
    flow.refuse_corrections(rows(other), by=cast.li, comment=f"与 {NUMBER} 的户口页不符")
    told = str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert NUMBER not in told
    assert cast.wang.id_number not in told
    assert f"{NUMBER[:3]}***********{NUMBER[-4:]}" in told


@pytest.mark.parametrize(
    ("topic", "new", "sentence"),
    [
        (Topic.NAME, {"name": "王小明"}, "与现在登记的内容相同，不需要更正"),
        (Topic.NAME, {"name": "王2"}, "姓名中有数字，应与证件一致"),
        (Topic.NAME, {"name": "\u200b"}, "缺少姓名"),
        (
            Topic.DOCUMENT,
            {"document_type": "1", "id_number": "350102200503021235"},
            "身份证号第 18 位应为",
        ),
        (Topic.DOCUMENT, {"document_type": "", "id_number": NUMBER}, "缺少证件类型"),
        (Topic.SEX, {"sex": "2"}, "性别“女”与证件号码中的“男”不一致，请改正其中一项"),
        (Topic.ETHNICITY, {"ethnicity": "火星"}, "没有“火星”这个民族"),
        (Topic.BIRTH_DATE, {"birth_date": None}, "缺少出生日期"),
        (Topic.ENTERED_ON, {"entered_on": date(1999, 9, 1)}, "入学时间 1999-09-01 不晚于出生日期"),
        (
            Topic.GRADUATES_ON,
            {"graduates_on": date(2020, 6, 30)},
            "拟毕业时间 2020-06-30 不晚于入学时间",
        ),
    ],
)
def test_a_faulty_value_is_told_at_once(cast, topic, new, sentence):
    with pytest.raises(Refused, match=sentence):
        ask(cast.wang, topic, **new)


def test_it_needs_a_reason_and_for_a_card_its_photo(cast):
    with pytest.raises(Refused, match="请填写更正原因"):
        ask(cast.wang, Topic.ETHNICITY, ethnicity="畲", reason=" ")
    wish = Wish(Topic.NAME, {"name": "王晓明"}, "写错了")
    with pytest.raises(Refused, match="更正姓名请上传证件照片"):
        flow.ask_correction(cast.wang, wish, by=cast.wang.user)
    assert ask(cast.wang, Topic.ETHNICITY, ethnicity="畲").proof is None


def test_one_open_request_for_each_thing(cast):
    first = ask(cast.wang, Topic.ETHNICITY, ethnicity="畲")
    assert ask(cast.wang, Topic.ETHNICITY, ethnicity="畲") == first  # a second tap
    with pytest.raises(Refused, match="“民族”已在更正中"):
        ask(cast.wang, Topic.ETHNICITY, ethnicity="回")
    ask(cast.wang, Topic.NAME, name="王晓明")
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(student=cast.wang, topic=Topic.NAME)


def test_nobody_asks_for_somebody_else(cast):
    wish = Wish(Topic.ETHNICITY, {"ethnicity": "畲"}, "写错了")
    for by in (cast.liu.user, cast.li, cast.office):
        with pytest.raises(Refused, match="只能申请更正本人的信息"):
            flow.ask_correction(cast.wang, wish, by=by)


def test_asking_does_not_tell_whose_number_it_is(cast):
    row = ask_number(cast.wang, cast.zhao.id_number)
    assert row.status == CorrectionStatus.OPEN


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_make_one_request():
    student = make_student(make_class())
    barrier = threading.Barrier(2, timeout=60)
    errors = []

    def tap():
        wish = Wish(Topic.ETHNICITY, {"ethnicity": "畲"}, "写错了")
        barrier.wait()
        try:
            flow.ask_correction(student, wish, by=student.user)
        except Exception as error:  # noqa: BLE001 - told by the test
            errors.append(error)
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (errors, Correction.objects.count()) == ([], 1)


# Deciding --------------------------------------------------------------------------------------


def test_accepting_writes_the_value_and_its_history(cast):
    row = ask(cast.wang, Topic.NAME, name="王晓明")
    assert accept(row, by=cast.li).done == [row.pk]
    student = student_now(cast.wang)
    assert (student.name, student.user.name, student.name_pinyin) == (
        "王晓明",
        "王晓明",
        "wang xiao ming",
    )
    assert student.updated_at > cast.wang.updated_at
    kept = now(row)
    assert (kept.status, kept.decided_by, bool(kept.decided_at)) == ("accepted", cast.li, True)
    line = audit.trail_of(cast.wang).first()
    assert (line.action, line.by) == ("accept_correction", cast.li)
    assert line.data["changes"] == [{"field": "姓名", "was": "王小明", "now": "王晓明"}]


def test_a_new_number_brings_birth_date_sex_and_index_along(cast):
    number = id_number(7, date(2004, 2, 29), "2")
    row = ask_number(cast.wang, number)
    accept(row, by=cast.li).or_refuse()
    student = student_now(cast.wang)
    assert (student.id_number, student.birth_date, student.sex) == (number, date(2004, 2, 29), "2")
    assert bytes(student.id_number_index) == blind_index(number)
    assert now(row).new == {"id_number": number, "birth_date": "2004-02-29", "sex": "2"}
    assert now(row).old["birth_date"] == str(cast.wang.birth_date)
    assert master_faults(student) == []


def test_somebody_elses_number_is_refused_without_a_name(cast):
    row = ask_number(cast.wang, cast.zhao.id_number)
    outcome = accept(row, by=cast.li)
    assert outcome.refused == {row.pk: rules.TAKEN}
    assert not {cast.zhao.name, cast.zhao.student_no} & set(rules.TAKEN)
    assert student_now(cast.wang).id_number == cast.wang.id_number
    assert now(row).status == "open"
    assert AuditEntry.objects.filter(action="accept_correction_refused").count() == 1


def test_two_in_one_batch_cannot_get_the_same_number(cast):
    first, second = ask_number(cast.wang), ask_number(cast.liu)
    outcome = accept(first, second, by=cast.li)
    assert (outcome.done, outcome.refused) == ([first.pk], {second.pk: rules.TAKEN})


def test_a_value_that_has_become_wrong_is_refused(cast):
    row = ask(cast.wang, Topic.GRADUATES_ON, graduates_on=date(2027, 6, 30))
    Student.objects.filter(pk=cast.wang.pk).update(entered_on=date(2027, 9, 1))
    [why] = accept(row, by=cast.li).refused.values()
    assert why == "拟毕业时间 2027-06-30 不晚于入学时间 2027-09-01"


def test_a_birth_date_that_fits_only_the_new_number_goes_through_with_it(cast):
    number = id_number(8, date(2004, 1, 1))
    Student.objects.filter(pk=cast.wang.pk).update(id_number="bad", document_type="1")
    student = student_now(cast.wang)
    born = ask(student, Topic.BIRTH_DATE, birth_date=date(2004, 1, 1))
    document = ask_number(student, number)
    assert accept(born, document, by=cast.li).refused == {}
    assert master_faults(student_now(cast.wang)) == []


def test_the_preview_says_what_the_act_does(cast):
    mixed = [
        ask_number(cast.wang),
        ask_number(cast.liu),
        ask(cast.wang, Topic.ETHNICITY, ethnicity="畲"),
        ask_number(cast.zhao, id_number(401)),
    ]
    foreseen = rules.why_not_accept(list(rows(*mixed).with_story()), cast.li)
    assert accept(*mixed, by=cast.li).refused == foreseen
    assert set(foreseen) == {mixed[1].pk, mixed[3].pk}


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("li", ""),
        ("xu", ""),
        ("zhang", ""),
        ("office", ""),
        ("he", "只能处理所管学生的更正申请"),
        ("sun", "只能处理所管学生的更正申请"),
        ("qian", "只能处理所管学生的更正申请"),
        ("finance", "只能处理所管学生的更正申请"),
        ("admin", "只能处理所管学生的更正申请"),
        ("auditor", "只能处理所管学生的更正申请"),
    ],
)
def test_who_decides(cast, who, sentence):
    row = ask(cast.wang, Topic.ETHNICITY, ethnicity="畲")
    by = getattr(cast, who)
    assert accept(row, by=by).refused == ({row.pk: sentence} if sentence else {})


def test_nobody_decides_about_themselves(cast):
    cast.wang.user.posts.create(level="school")
    row = ask(cast.wang, Topic.ETHNICITY, ethnicity="畲")
    by = User.objects.get(pk=cast.wang.user_id)
    assert accept(row, by=by).refused == {row.pk: "不能处理本人的更正申请"}


def test_a_return_needs_a_reason_and_leaves_the_data(cast):
    row = ask(cast.wang, Topic.NAME, name="王晓明")
    with pytest.raises(Refused, match="请填写退回原因，学生会看到"):
        flow.refuse_corrections(rows(row), by=cast.li, comment=" ")
    flow.refuse_corrections(rows(row), by=cast.li, comment="照片看不清").or_refuse()
    assert (now(row).status, now(row).comment) == ("refused", "照片看不清")
    assert student_now(cast.wang).name == "王小明"
    assert ask(cast.wang, Topic.NAME, name="王晓明").pk != row.pk


def test_withdrawing_takes_the_photo_back(cast):
    row = ask(cast.wang, Topic.NAME, name="王晓明")
    for by in (cast.liu.user, cast.li):
        outcome = flow.withdraw_corrections(rows(row), by=by)
        assert outcome.refused == {row.pk: "只能撤回本人的更正申请"}
    assert flow.withdraw_corrections(rows(row), by=cast.wang.user).done == [row.pk]
    assert (now(row).status, now(row).proof) == ("withdrawn", None)
    assert Picture.objects.count() == 0


@pytest.mark.parametrize("end", ["accepted", "refused", "withdrawn"])
def test_what_is_over_stays_over(cast, end):
    row = ask(cast.wang, Topic.ETHNICITY, ethnicity="畲")
    match end:
        case "accepted":
            accept(row, by=cast.li)
        case "refused":
            flow.refuse_corrections(rows(row), by=cast.li, comment="不对")
        case _:
            flow.withdraw_corrections(rows(row), by=cast.wang.user)
    label = CorrectionStatus(end).label
    assert accept(row, by=cast.li).refused == {row.pk: f"这项更正{label}，不能再处理"}
    assert flow.withdraw_corrections(rows(row), by=cast.wang.user).refused == {
        row.pk: f"这项更正{label}，不能撤回"
    }


def test_a_class_within_the_college_by_the_counselor_elsewhere_by_the_school(cast):
    near = ask(cast.wang, Topic.CLASS_GROUP, class_group=cast.classes.cs2)
    accept(near, by=cast.li).or_refuse()
    assert student_now(cast.wang).class_group == cast.classes.cs2
    far = ask(student_now(cast.wang), Topic.CLASS_GROUP, class_group=cast.classes.en1)
    for by in (cast.li, cast.xu):
        assert accept(far, by=by).refused == {far.pk: "转到其他学院须由学校医保办公室办理"}
    accept(far, by=cast.office).or_refuse()
    assert student_now(cast.wang).class_group == cast.classes.en1


def test_a_class_that_is_gone_is_refused(cast):
    gone = make_class("计算机2409")
    row = ask(cast.wang, Topic.CLASS_GROUP, class_group=gone)
    gone.delete()
    assert accept(row, by=cast.li).refused == {row.pk: "所选班级已不存在，请重新选择"}


def test_the_number_of_queries_does_not_grow(cast):
    students = [make_student(cast.classes.cs1) for _ in range(9)]
    asked = [ask_number(s, id_number(410 + n)) for n, s in enumerate(students)]
    counts = []
    for some in (asked[:2], asked[2:]):
        by = User.objects.get(pk=cast.li.pk)
        with CaptureQueriesContext(connection) as queries:
            assert len(accept(*some, by=by).done) == len(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# What the student is told ----------------------------------------------------------------------


def told(student) -> list[tuple[str, str]]:
    return list(Message.objects.filter(to=student.user).order_by("pk").values_list("title", "text"))


def test_the_student_is_told_what_became_of_a_request(cast):
    accepted, refused, withdrawn = (
        ask(cast.wang, Topic.NAME, name="王晓明"),
        ask(cast.wang, Topic.ETHNICITY, ethnicity="畲"),
        ask(cast.wang, Topic.GRADUATES_ON, graduates_on=date(2029, 6, 30)),
    )
    assert told(cast.wang) == []
    accept(accepted, by=cast.li)
    flow.refuse_corrections(rows(refused), by=cast.li, comment="与户口页不符")
    flow.withdraw_corrections(rows(withdrawn), by=cast.wang.user)
    assert told(cast.wang) == [
        ("姓名已更正", "李老师已按你的申请更正"),
        ("民族的更正申请被退回", "李老师退回，登记的内容没有变：与户口页不符"),
    ]
    assert Message.objects.first().link == f"/me/corrections/{accepted.public_id}/"
