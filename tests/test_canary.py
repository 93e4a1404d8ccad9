"""A full number comes out nowhere: not in a log, an address, a row, a file or somebody else's page.

One student goes through the whole story and is asked for in every way; then every column of every table
is read, whatever chapter it belongs to. A table that is made later needs no line here.
"""

import json
import logging
import re
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.urls import NoReverseMatch, path, reverse

from tests import canary
from tests.canary import (
    ADDRESS,
    HOME_PHONE,
    ID_NUMBER,
    MOBILE,
    NAME,
    NEW_ID_NUMBER,
    NEW_MOBILE,
    OWN,
    WRONG_ID_NUMBER,
    Watched,
)
from tests.cast import Cast, make_cast
from tests.common.test_pictures import photo
from tests.factories import make_class, make_plan, make_student
from tests.people.rosters import line, roster
from tests.web.student.conftest import Phone
from yibao.enrolment.models import Enrolment
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Status
from yibao.grid.models import SavedQuery
from yibao.people.codes import UNDERGRADUATE
from yibao.people.models import Student
from yibao.plans.models import InsurancePlan
from yibao.reports import flow as report_flow
from yibao.web.access import PAGES

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "django.contrib.auth.backends.ModelBackend"
HX = {"HX-Request": "true"}
NO = "20249731"
CONTACT = {"mobile": NEW_MOBILE, "home_phone": HOME_PHONE, "home_address": ADDRESS}
OWN_PASSWORD = "海边的第9座灯塔"


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


class Bird(Phone):
    """The student's phone: every screen is filled in completely."""

    def confirm_data(self, **changes):
        """All of the contact data."""
        super().confirm_data(**{**CONTACT, **changes})


def signed_in(person, *sees, knows_name=True) -> Watched:
    """Somebody in charge reads the address in the student's details; strangers not even the name."""
    client = Watched(*sees, *([ADDRESS] if knows_name else []), knows_name=knows_name)
    client.force_login(person, backend=BACKEND)
    return client


# The story, each part of it as a person does it in a browser ----------------------------------
def is_imported(office: Watched, folder: Path) -> None:
    """A file with a wrong number is given back with its faults; the right one is written."""
    own = {"学号": NO, "姓名": NAME, "手机号": MOBILE, "家庭电话": HOME_PHONE, "家庭地址": ADDRESS}
    place = {"班级": "计算机2401", "出生日期": "1999-11-13", "性别": "男", "辅导员姓名": "李老师"}
    for number in (WRONG_ID_NUMBER, ID_NUMBER):
        file = roster(folder, line(1, 证件号码=number, **own, **place)).read_bytes()
        sent = SimpleUploadedFile(f"{NAME}.xlsx", file)
        answer = office.post(reverse("staff:import_roster"), {"file": sent})
        assert answer.status_code == 302
        assert office.get(answer.url).status_code == 200
        if number == WRONG_ID_NUMBER:
            with office.seeing(number, MOBILE, HOME_PHONE, ADDRESS):  # the file that was sent
                office.get(answer.url.rstrip("/") + "/faults/")
            office.post(answer.url.rstrip("/") + "/discard/")
        else:
            office.post(answer.url.rstrip("/") + "/confirm/")
    assert Student.objects.get(student_no=NO).id_number == ID_NUMBER


def signs_in(student: Watched) -> None:
    """With the ID number where the student number belongs, then rightly; then the first own password."""
    address = reverse("accounts:sign_in")
    for number in (ID_NUMBER, MOBILE):
        with student.seeing(number):  # what was just typed
            student.post(address, {"username": number, "password": ID_NUMBER[-6:]})
        student.post(address, {"username": NO, "password": number})
    student.post(address, {"username": NO, "password": ID_NUMBER[-6:]})
    student.post(
        reverse("accounts:change_password"),
        {"new_password": OWN_PASSWORD, "repeated": OWN_PASSWORD},
    )


def is_reviewed(cast: Cast, plan: InsurancePlan) -> None:
    """By three people, after a return; the counselor writes a number into the opinion."""
    for who, action, comment in (
        ("li", "approve", "同意"),
        ("xu", "approve", "同意"),
        ("office", "approve", "同意"),
    ):
        staff = signed_in(getattr(cast, who))
        address = f"{reverse('staff:reviews')}?plan={plan.pk}"
        staff.get(address)
        staff.post(address, {"do": "run", "action": action, "all": "1", "comment": comment})


def pays_online(phone: Phone, gateway) -> None:
    phone.client.post(phone.address("pay"))
    page = phone.client.post(phone.address("start_payment"), {"channel": "sandbox"})
    [cashier] = re.findall(r'href="([^"]+)" data-go-on', page.content.decode())
    gateway.pay(cashier, phone=MOBILE)
    phone.client.get(phone.address("payment_return", phone.order.public_id))
    phone.client.get(phone.address("receipt", phone.order.public_id))
    phone.client.get(phone.address("receipt_file", phone.order.public_id))
    assert canary.traces(str(gateway.told(phone.order.payments.get().number))) <= {MOBILE}


def pays_cash(cast: Cast, phone: Phone) -> None:
    li = signed_in(cast.li)
    address = f"{reverse('staff:cash')}?plan={phone.plan.pk}"
    li.get(address)
    li.post(address, {"do": "run", "action": "take", "pk": phone.row.pk})
    li.get(reverse("staff:cash_book"))
    assert phone.row.status == Status.ENROLLED


def corrects(cast: Cast, phone: Phone) -> None:
    """The number was wrong: the student asks, the counselor compares and accepts."""
    proof = SimpleUploadedFile("IMG_1.JPG", photo(), "image/jpeg")
    sent = {"document_type": "1", "id_number": NEW_ID_NUMBER, "reason": "登记时写错了"}
    address = reverse("student:correction_new", args=["document"])
    with phone.client.seeing(NEW_ID_NUMBER):  # what was just typed, when something else is missing
        phone.client.post(address, sent)
    answer = phone.client.post(address, sent | {"proof": proof}, follow=True)
    assert answer.redirect_chain, answer.said
    phone.client.get(reverse("student:corrections"))
    li = signed_in(cast.li)
    li.get(reverse("staff:corrections"))
    [correction] = phone.student.corrections.all()
    li.get(f"{reverse('staff:corrections')}?part=detail&pk={correction.pk}", headers=HX)
    li.post(
        reverse("staff:corrections"),
        {"do": "run", "action": "accept", "pk": correction.pk, "comment": "已核对"},
    )
    assert Student.objects.get(student_no=NO).id_number == NEW_ID_NUMBER


def is_looked_at(office: Watched, student: Student) -> None:
    """Searched for by number, kept as a query, opened, exported, and shown in full on purpose."""
    grid = reverse("staff:students")
    for number in (NEW_ID_NUMBER, MOBILE, f"{NEW_MOBILE[:3]} {NEW_MOBILE[3:7]} {NEW_MOBILE[7:]}"):
        with office.seeing(number, number.replace(" ", "")):
            answer = office.post(grid, {"do": "find", "q": number})
        assert answer.status_code == 302
        office.get(answer.url)
        office.post(grid, {"do": "save_query", "name": "找人", "q": number})
    condition = {"do": "save_query", "name": "条件", "where": f"and.id_number.eq.{NEW_ID_NUMBER}"}
    office.post(grid, condition)
    assert SavedQuery.objects.count() >= 1
    office.get(f"{grid}?part=detail&pk={student.pk}", headers=HX)
    for ending in ("xlsx", "csv"):
        office.post(f"{grid}?q=", {"do": "export", "format": ending})
    full = {"do": "export", "full": "1", "reason": "报送医保局"}
    with office.seeing(NEW_ID_NUMBER, NEW_MOBILE, MOBILE, HOME_PHONE):
        answer = office.post(f"{grid}?cols=student_no,name,id_number,mobile", full)
        assert NEW_ID_NUMBER in answer.said
    for field in ("id_number", "mobile", "home_phone"):
        with office.seeing(getattr(student, field)):
            office.post(reverse("staff:disclose", args=[student.public_id, field]), headers=HX)


def is_in_a_rate(cast: Cast, plan: InsurancePlan, phone: Phone) -> None:
    """Handed in as a frozen list, seen by the college and the school."""
    li, xu = signed_in(cast.li), signed_in(cast.xu)
    college = cast.classes.cs1.major.college
    others = Enrolment.objects.filter(plan=plan, student__class_group__major__college=college)
    others.exclude(pk=phone.row.pk).update(required=False)
    report = report_flow.hand_in_grade(plan, college, 2024, by=cast.li)
    for client in (li, xu):
        client.get(reverse("staff:grade_rates"), {"plan": plan.pk})
        client.get(reverse("staff:grade_roster", args=[report.pk]))
        client.post(reverse("staff:grade_roster", args=[report.pk]), {"do": "export"})


def nobody_else_sees_anything(cast: Cast) -> None:
    """All pages of those whose student this is not, and of the doors."""
    for who in ("sun", "qian", "admin", "auditor"):
        client = signed_in(getattr(cast, who), knows_name=False)
        # The trail says by name who did something, students too; it says nothing of their data.
        client.knows_name = who == "auditor"
        for name in PAGES:
            address = _address(name)
            if address:
                client.get(address)
                with client.seeing(NEW_MOBILE):  # what was just typed
                    client.post(address, {"do": "find", "q": NEW_MOBILE})
                client.post(address, {"do": "export"})
    stranger = signed_in(cast.zhao.user, MOBILE, knows_name=False)
    stranger.sees = {cast.zhao.mobile}
    for name in ("home", "me", "history", "corrections", "inbox"):
        stranger.get(reverse(f"student:{name}"))


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # it is about something
        return ""


def meets_every_failure(phone: Phone, monkeypatch) -> None:
    """403, 404, 405, 400, a form of yesterday, a fault of ours, and the database away."""
    client = phone.client
    client.get(reverse("staff:students"))
    client.get(f"/nothing/{NAME}/")
    client.get(reverse("student:start_payment", args=[phone.row.public_id]))
    client.get("/me/?x=%00")
    for raised, status in (
        (RuntimeError("a fault of ours"), 500),
        (OperationalError("the server closed the connection"), 503),
    ):
        with monkeypatch.context() as broken:
            broken.setattr(Student, "get_document_type_display", _raise(raised))
            assert client.get(reverse("student:me")).status_code == status


def _raise(error: Exception):
    def fail(self):
        everything = (self.id_number, self.mobile, self.home_address)
        assert all(everything)
        raise error

    return fail


def test_nothing_comes_out(cast, gateway, tmp_path, monkeypatch, capfd):
    online, cash = make_plan("线上缴费"), make_plan("现金缴费")
    rated = make_plan("参保率", way="B", training_levels=list(UNDERGRADUATE))
    with canary.listening() as ear:
        office = signed_in(cast.office)
        is_imported(office, tmp_path)
        for plan in (online, cash, rated):
            enlist(plan, by=cast.office)
        student = Student.objects.get(student_no=NO)
        client = Watched(*OWN)
        signs_in(client)
        client.post(reverse("student:contact"), CONTACT)
        for plan in (online, cash, rated):
            phone = Bird(client, Student.objects.get(pk=student.pk), plan)
            phone.submit()
            assert phone.row.status == Status.IN_REVIEW
        for plan in (online, cash):
            is_reviewed(cast, plan)
        pays_online(Bird(client, student, online), gateway)
        pays_cash(cast, Bird(client, student, cash))
        li = signed_in(cast.li)
        li.post(
            f"{reverse('staff:reviews')}?plan={rated.pk}",
            {"do": "run", "action": "approve", "all": "1"},
        )
        is_in_a_rate(cast, rated, Bird(client, student, rated))
        corrects(cast, Bird(client, student, rated))
        is_looked_at(office, Student.objects.get(pk=student.pk))
        nobody_else_sees_anything(cast)
        meets_every_failure(Bird(client, student, online), monkeypatch)
        for name in ("home", "me", "seen", "history", "inbox"):
            client.get(reverse(f"student:{name}"))

    assert client.answers > 40
    assert len(ear.lines) > 5
    assert [said for said in ear.lines if canary.traces(said)] == []
    assert canary.rows_that_tell() == []
    assert canary.files_that_tell() == []
    assert canary.caches_that_tell() == set()
    assert [m for m in mail.outbox if canary.traces(f"{m.subject} {m.body} {m.message()}")] == []
    printed = capfd.readouterr()
    assert canary.traces(printed.out + printed.err) == set()


# The eyes themselves ---------------------------------------------------------------------------
def packed(text: str) -> bytes:
    with BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f"<t>{text}</t>")
        return file.getvalue()


@pytest.mark.parametrize(
    ("column", "kept", "told"),
    [
        ("text", ID_NUMBER, ID_NUMBER),
        ("text", f"姓名 {NAME}，电话 {MOBILE}。", MOBILE),
        ("jsonb", json.dumps({"changes": [{"was": ADDRESS}]}), ADDRESS),
        ("json", json.dumps([HOME_PHONE]), HOME_PHONE),
        ("text[]", [MOBILE], MOBILE),
        ("bytea", f"x{ADDRESS}".encode(), ADDRESS),
        ("bytea", packed(ID_NUMBER), ID_NUMBER),
        ("bigint", int(MOBILE), MOBILE),
    ],
)
def test_a_table_of_a_later_chapter_is_read(db, column, kept, told):
    SessionStore().create()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE later (id int, kept {column})")
        cursor.execute("INSERT INTO later VALUES (1, %s)", [kept])
    assert set(canary.rows_that_tell()) == {("later", told)}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE later")


def test_a_session_is_opened(db):
    session = SessionStore()
    session["found"] = f"{ID_NUMBER} " * 50
    session.create()
    assert canary.rows_that_tell() == [("django_session", ID_NUMBER)]


def test_a_sealed_column_tells_nothing(db):
    SessionStore().create()
    make_student(make_class(), NAME, NO, id_number=ID_NUMBER, mobile=MOBILE, home_address=ADDRESS)
    assert canary.rows_that_tell() == []


def test_a_file_a_line_and_an_answer_are_read(settings, tmp_path, client):
    settings.DATA = tmp_path
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "1").write_bytes(packed(MOBILE))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "1").write_text(ID_NUMBER, "ascii")
    assert canary.files_that_tell() == [("1", MOBILE)]
    with canary.listening() as ear:
        logging.getLogger("yibao.anything").debug("came in: %s", {"mobile": MOBILE})
    assert [canary.traces(said) for said in ear.lines] == [{MOBILE}]


@pytest.mark.urls("tests.test_canary")
@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(f"<p>{ID_NUMBER}</p>"),
        HttpResponse(f"<p>{MOBILE[:3]} {MOBILE[3:7]} {MOBILE[7:]}</p>"),
        HttpResponse(packed(ADDRESS)),
        HttpResponse(f'<a href="/staff/students/?q={MOBILE}">'),
        HttpResponse(headers={"HX-Redirect": f"/?q={quote(ADDRESS)}"}),
        HttpResponse(f"<h1>{NAME}</h1>"),
    ],
)
def test_an_answer_is_read(answer):
    answers["said"] = answer
    with pytest.raises(AssertionError):
        Watched(knows_name=False).get("/said/")


answers: dict[str, HttpResponse] = {}
urlpatterns = [path("said/", lambda _: answers["said"], name="livez")]  # open to everybody
