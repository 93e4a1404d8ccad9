"""不参保 on the phone: photos that stay, a statement that is signed, papers that anybody may check."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.common.test_pictures import HEIC, claimed_size, photo
from tests.enrolment.test_strokes import NAME
from tests.factories import make_plan
from tests.web.student.conftest import of, words
from yibao.common.models import Picture
from yibao.enrolment import flow, papers
from yibao.enrolment.flow import Choice
from yibao.enrolment.paper_models import DraftPicture, Evidence, Statement
from yibao.enrolment.roster import enlist
from yibao.enrolment.statement import code_of
from yibao.enrolment.states import Intent, Place
from yibao.plans.models import EvidenceNeed
from yibao.web.papers import check_address


@pytest.fixture
def plan(cast):
    """已在户籍地 must show 参保凭证; everybody who stays out signs."""
    plan = make_plan(statement_required=True)
    kind = plan.evidence_kinds.create(name="参保凭证", hint="要能看到姓名和年度")
    EvidenceNeed.objects.create(reason=plan.reasons.first(), kind=kind)
    enlist(plan, by=cast.office)
    return plan


@pytest.fixture
def kind(plan):
    return plan.evidence_kinds.get()


@pytest.fixture
def chosen(wang, plan):
    """王 stays out since he is insured at home."""
    wang.confirm_data()
    answer = wang.answer("choice", intent="stay_out", reason=plan.reasons.first().pk)
    assert answer.url == wang.screen("evidence")
    return wang


def send(phone, kind, data: bytes, name="IMG.JPG", **more):
    file = SimpleUploadedFile(name, data, "image/jpeg")
    fields = {"add": kind.pk, f"kind{kind.pk}-photo": file}
    fields |= {f"kind{kind.pk}-{key}": value for key, value in more.items()}
    return phone.client.post(phone.screen("evidence"), fields)


def sign(phone, **changes):
    sent = {"seen": phone.seen(), "read": "on", "manner": "drawn", "drawn": NAME} | changes
    return phone.client.post(phone.screen("confirm"), {k: v for k, v in sent.items() if v})


def photos(phone) -> list[str]:
    found = DraftPicture.objects.filter(enrolment=phone.row).order_by("pk")
    return [str(pk) for pk in found.values_list("picture__public_id", flat=True)]


def test_from_the_reason_to_the_signed_statement(chosen, kind, cast):
    screen = chosen.look("evidence")
    assert "第 3 步，共 4 步" in screen
    assert "参保凭证 必交 要能看到姓名和年度" in screen
    assert send(chosen, kind, photo()).url == chosen.screen("evidence")
    assert chosen.answer("evidence", go="next").url == chosen.screen("confirm")
    screen = chosen.look("confirm")
    assert "参保凭证 1 张照片" in screen
    assert "本人王小明，学号 2024010001，计算机学院计算机2401学生" in screen
    assert "不参保的原因：已在户籍地参加居民医保。" in screen
    assert sign(chosen).url == chosen.address("progress")
    assert "已提交，等待辅导员审核" in chosen.see("progress")
    assert (chosen.row.status, Evidence.objects.get().round) == ("in_review", 1)
    signed = Statement.objects.get()
    assert (signed.manner, signed.by) == ("drawn", cast.wang.user)
    assert "我交的材料" in chosen.see("progress")


def test_the_next_screen_waits_for_what_must_be_there(chosen, kind):
    answer = chosen.client.post(chosen.screen("evidence"), {"go": "next"}, follow=True)
    assert "还缺参保凭证，请先拍照或上传截图" in words(answer)
    assert chosen.client.get(chosen.screen("confirm")).url == chosen.screen("evidence")


def test_going_back_and_changing_ones_mind_loses_no_photo(chosen, kind, plan):
    send(chosen, kind, photo())
    [kept] = photos(chosen)
    chosen.answer("choice", intent="join", go="back")
    chosen.answer("choice", intent="stay_out", reason=plan.reasons.all()[1].pk)
    chosen.answer("choice", intent="stay_out", reason=plan.reasons.first().pk)
    assert kept in chosen.client.get(chosen.screen("evidence")).content.decode()


def test_a_photo_is_replaced_and_removed(chosen, kind):
    send(chosen, kind, photo())
    [first] = photos(chosen)
    send(chosen, kind, photo(color=(1, 2, 3)), instead=first)
    [second] = photos(chosen)
    assert second != first
    chosen.client.post(chosen.screen("evidence"), {"remove": second})
    assert photos(chosen) == []
    assert not Picture.objects.exists()


HOSTILE = [
    pytest.param(b"\xff\xd8\xff" + b"\0" * (30 << 20), "图片超过 15 MB", id="30 MB"),
    pytest.param(b"GIF89a" + b"\0" * 500, "这是 GIF 动图", id="GIF renamed"),
    pytest.param(b"PK\x03\x04" + b"\0" * 500, "这是压缩包或文档", id="zip"),
    pytest.param(claimed_size(20_000, 20_000), "图片有 20000×20000 像素", id="20000×20000"),
    pytest.param(HEIC, "这是 HEIC 格式的照片", id="HEIC"),
    pytest.param(b"<svg onload=alert(1)>", "这是网页或矢量图", id="SVG"),
    pytest.param(b"", "文件是空的", id="empty"),
    pytest.param(photo((100, 100)), "看不清内容", id="tiny"),
]


@pytest.mark.parametrize(("data", "sentence"), HOSTILE)
def test_a_bad_photo_is_refused_with_what_to_do_and_the_others_stay(chosen, kind, data, sentence):
    send(chosen, kind, photo())
    before = photos(chosen)
    answer = send(chosen, kind, data)
    assert answer.status_code == 200
    assert sentence in words(answer)
    assert photos(chosen) == before
    assert before[0] in answer.content.decode()


def test_a_zip_behind_a_photo_and_its_place_are_gone(chosen, kind):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    send(chosen, kind, photo(exif=exif) + b"PK\x03\x04<script>alert(1)</script>")
    answer = chosen.client.get(chosen.address("evidence_picture", photos(chosen)[0]))
    assert b"PK\x03\x04" not in answer.content
    assert b"script" not in answer.content
    assert not Image.open(BytesIO(answer.content)).getexif()


@pytest.mark.parametrize("sent", [{"remove": "x"}, {"remove": "0" * 5000}])
def test_a_photo_that_is_not_there_is_said(chosen, kind, sent):
    answer = chosen.client.post(chosen.screen("evidence"), sent)
    assert "这张图片已不在" in words(answer)


@pytest.mark.parametrize("sent", [{"add": "999999"}, {"add": "x"}, {}, {"go": "x"}])
def test_nonsense_changes_nothing(chosen, kind, sent):
    assert chosen.client.post(chosen.screen("evidence"), sent).status_code == 200
    assert photos(chosen) == []


def test_a_photo_is_its_students_alone_and_never_kept_by_a_browser(chosen, kind, cast, phone_of):
    send(chosen, kind, photo())
    address = chosen.address("evidence_picture", photos(chosen)[0])
    mine = chosen.client.get(address)
    assert mine["Cache-Control"] == "no-store"
    assert mine["X-Content-Type-Options"] == "nosniff"
    small = chosen.client.get(f"{address}?small")
    assert max(Image.open(BytesIO(small.content)).size) <= 240
    assert phone_of(cast.liu).client.get(address).status_code == 404
    assert chosen.client.get(address.replace(photos(chosen)[0][:4], "0000")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"read": ""}, "请先阅读承诺书，再勾选同意"),
        ({"drawn": ""}, "请先在框内手写签名"),
        ({"drawn": "1,1"}, "签名太短"),
        ({"drawn": "<script>"}, "签名没有传完整"),
        ({"drawn": "1" * 200_000}, "最多 120000 个字"),
        ({"manner": "typed", "drawn": ""}, "请键入您的姓名"),
        ({"manner": "typed", "typed": "王晓明"}, "与“王小明”不一致"),
        ({"manner": "stamp"}, "请重新选择签署方式"),
        ({"seen": "x"}, "填写的内容或金额刚刚有变化"),
        ({"seen": "x", "drawn": "", "read": ""}, "填写的内容或金额刚刚有变化"),
    ],
)
def test_nothing_is_submitted_unsigned(chosen, kind, changes, sentence):
    send(chosen, kind, photo())
    answer = sign(chosen, **changes)
    if answer.status_code == 302:
        answer = chosen.client.get(answer.url)
    assert sentence in words(answer)
    assert (chosen.row.status, Statement.objects.count()) == ("unregistered", 0)
    if "drawn" not in changes and "seen" not in changes:
        assert f'value="{NAME}"' in answer.content.decode()


def test_who_cannot_draw_types(chosen, kind):
    send(chosen, kind, photo())
    assert sign(chosen, manner="typed", drawn="", typed=" 王小明 ").url == chosen.address(
        "progress"
    )
    assert (Statement.objects.get().manner, Statement.objects.get().signature) == (
        "typed",
        "王小明",
    )


def test_another_tab_that_changed_the_photos_is_noticed(chosen, kind):
    send(chosen, kind, photo())
    seen = chosen.seen()
    send(chosen, kind, photo())
    answer = sign(chosen, seen=seen)
    assert answer.url == chosen.screen("confirm")
    assert chosen.row.status == "unregistered"


def test_another_tab_that_joined_meanwhile_is_told_at_the_photos(chosen, kind):
    send(chosen, kind, photo())
    chosen.answer("choice", intent="join")
    answer = chosen.client.post(chosen.screen("evidence"), {"go": "next"}, follow=True)
    assert "填写的内容或金额刚刚有变化，请核对后再提交" in words(answer)


def test_what_was_returned_is_marked_and_replaced(chosen, kind, cast, plan):
    send(chosen, kind, photo())
    sign(chosen)
    shown = Evidence.objects.get()
    papers.doubt(Evidence.objects.all(), doubted=True, by=cast.li)
    flow.send_back(of(cast.wang), by=cast.li, comment="看不清", places=[Place.EVIDENCE]).or_refuse()
    assert "需要修改：证明材料" in chosen.see("home")
    chosen.confirm_data()
    assert "老师指出这一步需要修改" not in chosen.look("choice")
    chosen.answer("choice", intent="stay_out", reason=plan.reasons.first().pk)
    screen = chosen.look("evidence")
    assert "老师指出这一步需要修改" in screen
    assert "请换一张" in screen
    send(chosen, kind, photo(color=(9, 9, 9)), instead=str(shown.picture.public_id))
    assert "请换一张" not in chosen.look("evidence")
    sign(chosen)
    assert list(Evidence.objects.order_by("pk").values_list("round", flat=True)) == [1, 2]
    # What was replaced can still be looked at by its student.
    answer = chosen.client.get(chosen.address("evidence_picture", shown.picture.public_id))
    assert answer.status_code == 200


# Registered by somebody else ----------------------------------------------------------------------
@pytest.fixture
def on_behalf(cast, wang, plan):
    choice = Choice(Intent.STAY_OUT, reason=plan.reasons.first(), consent="电话确认")
    flow.submit(of(cast.wang), choice, by=cast.li).or_refuse()
    return wang


def test_the_student_makes_good_what_is_missing(on_behalf, kind):
    assert "李老师为你登记了不参保，请补交证明材料、补签承诺书 " in on_behalf.see("home")
    page = on_behalf.see("supply")
    assert "李老师为你登记了不参保" in page
    assert "老师记录你的同意方式：电话确认" in page
    here = on_behalf.address("supply")
    signature = {"go": "supply", "read": "on", "manner": "drawn", "drawn": NAME}
    on_behalf.client.post(here, signature)
    assert not Statement.objects.exists()
    file = SimpleUploadedFile("x.jpg", photo(), "image/jpeg")
    assert on_behalf.client.post(here, {"add": kind.pk, f"kind{kind.pk}-photo": file}).url == here
    assert on_behalf.client.post(here, signature).url == on_behalf.address("progress")
    assert (Statement.objects.count(), Evidence.objects.count()) == (1, 1)
    assert "补签" not in on_behalf.see("home")


def test_there_is_nothing_to_supply_without_need(submitted):
    answer = submitted.client.get(submitted.address("supply"))
    assert (answer.status_code, "没有需要补交的材料" in words(answer)) == (409, True)


# The paper ----------------------------------------------------------------------------------------
@pytest.fixture
def signed(chosen, kind):
    send(chosen, kind, photo())
    sign(chosen)
    return chosen


def test_the_pdf_is_its_students_alone(signed, cast, phone_of):
    address = signed.address("statement_file", Statement.objects.get().public_id)
    paper = signed.client.get(address)
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert "no-store" in paper["Cache-Control"]
    assert phone_of(cast.liu).client.get(address).status_code == 404


def test_anybody_checks_it_and_reads_no_more_than_they_must(signed, cast, client):
    statement = Statement.objects.get()
    asked = {"number": statement.number, "code": code_of(statement)}
    said = words(client.get("/statements/check/", asked))
    assert "承诺书真实有效" in said
    assert "王*明" in said
    for secret in ("王小明", "2024010001", "已在户籍地", "计算机", cast.wang.id_number[-4:]):
        assert secret not in said
    wrong = words(client.get("/statements/check/", asked | {"code": "A" * 16}))
    assert "没有查到这张承诺书" in wrong
    flow.send_back(of(cast.wang), by=cast.li, comment="再看").or_refuse()
    assert "承诺书真实，但已失效" in words(client.get("/statements/check/", asked))


def test_the_code_in_the_picture_leads_to_the_check(signed, client):
    statement = Statement.objects.get()
    pattern = rf"/statements/check/\?number={statement.number}&code=[0-9A-Z-]+"
    request = client.get("/statements/check/").wsgi_request
    address = check_address(
        request, "student:verify_statement", number=statement.number, code=code_of(statement)
    )
    assert re.search(pattern, address)
    assert "承诺书真实有效" in words(client.get(address))
