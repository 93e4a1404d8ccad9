"""A university of any size, made in SQL: a million students take a minute, not a day.

Names, numbers and addresses come from a small pool of invented people, sealed as the product seals
them; student numbers, blind indexes and what became of each enrolment are made from the row's number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from django.db import connection
from django.db.models import Model
from django.utils.timezone import now

from benchmarks.database import empty, settle
from yibao.accounts.models import User
from yibao.demo.names import Registrar
from yibao.enrolment.models import Enrolment, QuoteLine, ReviewRecord
from yibao.people.codes import ON_ROLL, UNDERGRADUATE
from yibao.people.levels import Level
from yibao.people.models import ClassGroup, College, Post, Student
from yibao.people.pinyin import pinyin_of
from yibao.plans.models import InsurancePlan
from yibao.plans.states import Choosing, CountsAs, PlanStatus, Reduction

COLLEGES, MAJORS, CLASS_SIZE = 16, 64, 32
CLASSES_OF_A_COUNSELOR = 12
POOL = 2000
BORN = date(2004, 9, 1)
SNAPSHOT = {
    "学号": "2024010001",
    "姓名": "王小明",
    "家庭地址": "福建省福州市鼓楼区文化路 1 号" * 12,
}

UNITS = f"""
    INSERT INTO people_college (name) SELECT '学院' || n FROM generate_series(1, {COLLEGES}) n;
    INSERT INTO people_major (college_id, name)
        SELECT CASE WHEN n <= {MAJORS} / 2 THEN 1 ELSE 2 + n %% {COLLEGES - 1} END, '专业' || n
        FROM generate_series(1, {MAJORS}) n;
    INSERT INTO people_classgroup (major_id, grade, name)
        SELECT 1 + n %% {MAJORS}, 2022 + n / {MAJORS} %% 4, '专业' || 1 + n %% {MAJORS} || '-' || n
        FROM generate_series(0, (%(students)s - 1) / {CLASS_SIZE}) n;
"""
USERS = f"""
    SELECT to_char(2022 + i %% 4, 'FM0000') || lpad(i::text, 7, '0') AS username, p.name,
        '!' AS password, now() AS created_at
    FROM generate_series(1, %(students)s) i JOIN pool p ON p.n = i * 7919::bigint %% {POOL}
    ORDER BY i
"""
STUDENTS = f"""
    SELECT i AS user_id, gen_random_uuid() AS public_id,
        to_char(2022 + i %% 4, 'FM0000') || lpad(i::text, 7, '0') AS student_no, p.name,
        p.pinyin AS name_pinyin, p.sex, '汉' AS ethnicity, '1' AS document_type, p.id_number,
        substr(decode(md5(i::text), 'hex'), 1, 16) AS id_number_index, p.born AS birth_date,
        '2022-09-01'::date AS entered_on, '2026-06-30'::date AS graduates_on, p.mobile,
        substr(decode(md5('m' || i), 'hex'), 1, 16) AS mobile_index, p.home_phone, p.home_address,
        '350100' AS postcode, now() AS updated_at, 1 + (i - 1) / {CLASS_SIZE} AS class_group_id
    FROM generate_series(1, %(students)s) i JOIN pool p ON p.n = i * 7919::bigint %% {POOL}
    ORDER BY i
"""
# Of a hundred students 15 have not begun, 10 + 21 + 12 wait at the three steps, 4 were returned,
# 10 have to pay, 20 are insured, 8 stay out. Half of all are of one college.
ENROLMENTS = """
    SELECT %(plan)s AS plan_id, id AS student_id, gen_random_uuid() AS public_id,
        CASE WHEN h < 15 THEN 'unregistered' WHEN h < 58 THEN 'in_review' WHEN h < 62 THEN 'returned'
             WHEN h < 72 THEN 'awaiting_payment' WHEN h < 92 THEN 'enrolled' ELSE 'opted_out'
        END AS status,
        CASE WHEN h BETWEEN 15 AND 24 THEN %(step1)s WHEN h BETWEEN 25 AND 45 THEN %(step2)s
             WHEN h BETWEEN 46 AND 57 THEN %(step3)s END AS current_step_id,
        CASE WHEN h < 15 THEN '' WHEN h < 92 THEN 'join' ELSE 'stay_out' END AS intent,
        CASE WHEN h >= 92 THEN %(reason)s END AS reason_id,
        CASE WHEN h BETWEEN 15 AND 91 THEN 533 ELSE 0 END AS amount_due,
        CASE WHEN h >= 15 THEN %(snapshot)s::bytea END AS snapshot,
        CASE WHEN h < 15 THEN 0 ELSE 1 END AS round,
        CASE WHEN h >= 15 THEN now() - make_interval(secs => id %% 1000000) END AS submitted_at,
        CASE WHEN h >= 15 THEN user_id END AS submitted_by_id, now() AS changed_at
    FROM (SELECT id, user_id, id * 7919 %% 100 AS h FROM people_student
          WHERE id BETWEEN %(first)s AND %(last)s) s
    ORDER BY id
"""
LINES = """
    SELECT id AS enrolment_id, %(type)s AS insurance_type_id, 533 AS premium, 0 AS reduced,
        533 AS amount, '按“城乡居民基本医疗保险”标准缴费 533.00 元' AS explanation
    FROM enrolment_enrolment WHERE plan_id = %(plan)s AND intent = 'join' ORDER BY id
"""
RECORDS = """
    SELECT id AS enrolment_id, %(step1)s AS step_id, 1 AS round, %(by)s AS by_id, now() AS at,
        CASE status WHEN 'returned' THEN 'sent_back' ELSE 'approved' END AS decision
    FROM enrolment_enrolment
    WHERE plan_id = %(plan)s AND round = 1 AND current_step_id IS DISTINCT FROM %(step1)s
    ORDER BY id
"""


@dataclass(frozen=True)
class University:
    """Who acts, and on what."""

    students: int
    plan: InsurancePlan
    office: User
    college_officer: User
    counselor: User

    def smaller_plan(self, students: int) -> InsurancePlan:
        """A second plan, for the students in the middle alone; made at the first call."""
        found = InsurancePlan.objects.exclude(pk=self.plan.pk).first()
        if found is None:
            start = (self.students - students) // 2
            found = _fill(draft("2026年第二个计划"), self.counselor, (start + 1, start + students))
            settle()
        return found


_built: list[University] = []


def people(students: int) -> None:
    """An empty database but for so many students and their units."""
    _built.clear()
    empty()
    with connection.cursor() as cursor:
        _fill_pool(cursor)
        values = {"students": students}
        cursor.execute(UNITS, values)
        insert_into(cursor, User, USERS, values)
        insert_into(cursor, Student, STUDENTS, values)
        cursor.execute("DROP TABLE pool")


def university(students: int) -> University:
    """Students, staff and a plan in full swing; built once for the figures that share it."""
    if _built and _built[0].students == students:
        return _built[0]
    people(students)
    staff = _staff()
    found = University(students, _fill(draft(), staff[-1], (1, students)), *staff)
    settle()
    _built.append(found)
    return found


def _fill(plan: InsurancePlan, by: User, students: tuple[int, int]) -> InsurancePlan:
    """Rows of the students from … to …, at every point of the story; then the plan is open."""
    sealed = Enrolment._meta.get_field("snapshot").get_db_prep_value(SNAPSHOT, connection)
    values = {
        "plan": plan.pk,
        "reason": plan.reasons.get().pk,
        "type": plan.types.get().pk,
        "snapshot": sealed,
        "by": by.pk,
        "first": students[0],
        "last": students[1],
    }
    steps = {f"step{n}": step.pk for n, step in enumerate(plan.steps.all(), 1)}
    with connection.cursor() as cursor:
        insert_into(cursor, Enrolment, ENROLMENTS, values | steps)
        insert_into(cursor, QuoteLine, LINES, values)
        insert_into(cursor, ReviewRecord, RECORDS, values | steps)
    plan.status = PlanStatus.OPEN
    plan.save()
    return plan


def draft(name: str = "2026年大学生医保") -> InsurancePlan:
    """A plan of three steps for everybody."""
    at = now()
    plan = InsurancePlan.objects.create(
        name=name,
        academic_year=2026,
        apply_from=at - timedelta(days=9),
        apply_until=at + timedelta(days=9),
        pay_from=at - timedelta(days=9),
        pay_until=at + timedelta(days=30),
        coverage_start=date(2027, 1, 1),
        coverage_end=date(2027, 12, 31),
        training_levels=list(UNDERGRADUATE),
        roster_statuses=list(ON_ROLL),
        channels=["sandbox", "cash"],
    )
    plan.types.create(name="城乡居民基本医疗保险", premium=533, choosing=Choosing.REQUIRED)
    for place, level in enumerate((Level.COUNSELOR, Level.COLLEGE, Level.SCHOOL), 1):
        plan.steps.create(position=place, level=level, name=f"{level.label}审核")
    plan.reasons.create(name="自愿放弃", counts_as=CountsAs.OPTED_OUT)
    plan.fee_rules.create(reduction=Reduction.FULL, payer="学校资助经费")
    return plan


def insert_into(cursor, model: type[Model], select: str, values: dict[str, object]) -> None:
    """INSERT what a SELECT names column by column; every other column gets its default."""
    cursor.execute(f"SELECT * FROM ({select}) s LIMIT 0", values)
    named = [column.name for column in cursor.description]
    others = defaults(model, named)
    columns = ", ".join([*named, *others])
    literals = "".join(f", %({column})s" for column in others)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({columns}) SELECT s.*{literals} FROM ({select}) s",
        values | others,
    )


def defaults(model: type[Model], named: Iterable[str]) -> dict[str, object]:
    """The columns that are not named and may not be empty, with their defaults."""
    return {
        field.column: field.get_default()
        for field in model._meta.concrete_fields
        if not (field.null or field.primary_key or field.column in set(named))
    }


def _staff() -> tuple[User, User, User]:
    office = User.objects.create_user("T1", "周主任")
    Post.objects.create(user=office, level=Level.SCHOOL)
    officer = User.objects.create_user("T2", "徐书记")
    Post.objects.create(user=officer, level=Level.COLLEGE, college=College.objects.get(pk=1))
    counselor = User.objects.create_user("T3", "李老师")
    post = Post.objects.create(user=counselor, level=Level.COUNSELOR)
    # From the middle of the heap, where nothing is near by chance.
    middle = ClassGroup.objects.count() // 2
    post.class_groups.set(ClassGroup.objects.order_by("pk")[middle:][:CLASSES_OF_A_COUNSELOR])
    return office, officer, counselor


def _fill_pool(cursor) -> None:
    """Invented people, sealed for the columns that they go to."""
    random = Random(1)
    registrar = Registrar(random)
    fields = {name: Student._meta.get_field(name) for name in SEALED}
    cursor.execute(
        "CREATE TEMPORARY TABLE pool (n int, name text, pinyin text, sex text, born date,"
        " id_number bytea, mobile bytea, home_phone bytea, home_address bytea)"
    )
    with cursor.copy("COPY pool FROM STDIN") as copy:
        for n in range(POOL):
            sex = random.choice("12")
            name = registrar.name(sex)
            area = registrar.area()
            number = registrar.citizen(area, BORN + timedelta(days=n % 365), sex)
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
            plain = (number, registrar.mobile(), "0591-87654321", registrar.address(area))
            sealed = [
                field.sealed(text) for field, text in zip(fields.values(), plain, strict=True)
            ]
            copy.write_row((n, name, pinyin_of(name), sex, born, *sealed))


SEALED = ("id_number", "mobile", "home_phone", "home_address")
