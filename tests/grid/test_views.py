"""The one address of a list over HTTP."""

import json
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

import openpyxl
import pytest
from lxml import html

from tests.grid.conftest import ID_NUMBER, MOBILE
from yibao import grid
from yibao.common.crypto import blind_index
from yibao.grid.models import ColumnLayout, SavedQuery
from yibao.people.models import Student

pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"
HX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{HERE}?q=1"}


@pytest.fixture
def at(client, campus):
    client.force_login(campus.school)
    return client


def pk_of(number):
    return Student.objects.get(student_no=number).pk


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_strangers_sign_in_and_come_back(client, campus):
    response = client.get(f"{HERE}?q=1")
    assert response.status_code == 302
    assert response["Location"].endswith("?next=%2Fstaff%2Fstudents%2F%3Fq%3D1")


def test_from_a_dialog_too_they_come_back_to_the_list(client, campus):
    response = client.get(f"{HERE}?q=1&part=columns", headers=HX)
    assert response["HX-Redirect"].endswith("?next=%2Fstaff%2Fstudents%2F%3Fq%3D1")


def test_page_and_fragment(at):
    page = at.get(HERE)
    assert "<html" in text(page)
    assert "HX-Request" in page["Vary"]
    fragment = at.get(HERE, headers=HX)
    assert text(fragment).lstrip().startswith("<section")
    back = at.get(HERE, headers=HX | {"HX-History-Restore-Request": "true"})
    assert "<html" in text(back)


def test_no_inline_script_or_style(at):
    html = text(at.get(HERE)) + text(at.get(f"{HERE}?part=query", headers=HX))
    assert re.findall(r"<[^>]+\s(?:style|on\w+)=", html) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", html) == []


@pytest.mark.parametrize("part", ["columns", "query", "reveal", "recent"])
def test_a_dialog_in_a_tab_of_its_own_is_the_list(at, part):
    response = at.get(f"{HERE}?q=1&part={part}")
    assert (response.status_code, response["Location"]) == (302, f"{HERE}?q=1")


def test_old_links_say_what_of_them_is_gone_in_one_place(at):
    page = text(at.get(f"{HERE}?where=and.gone.eq.1&sort=-gone"))
    assert page.count("list-fault") == 1
    assert (
        "<p>条件里的列“gone”已不存在，未使用</p><p>链接里的排序列已不存在，改用默认顺序</p>" in page
    )


def test_what_narrows_all_stands_before_a_bracket(at):
    page = text(at.get(f"{HERE}?f=status.active&where=and.grade.ge.2025&where=or.name.has.x"))
    line = re.sub(
        r"<[^>]+>|\s", "", page.partition('class="list-sentence"')[2].partition("全部清除")[0]
    )
    assert line.endswith("学籍状态：在读并且（年级不低于2025或者姓名包含x）")


def test_a_search_gives_a_tidy_address(at):
    response = at.post(HERE, {"do": "find", "q": " 生7 ", "f": ["", "status.active"], "where": ""})
    assert response["Location"] == f"{HERE}?q={quote('生7')}&f=status.active"
    response = at.post(f"{HERE}?sort=-name&page=3", {"do": "find", "q": ""}, headers=HX)
    assert response["HX-Push-Url"] == f"{HERE}?sort=-name"


@pytest.mark.parametrize("number", [ID_NUMBER, MOBILE, f" {ID_NUMBER[:6]} {ID_NUMBER[6:]}"])
def test_full_numbers_do_not_stand_in_an_address(at, number):
    sealed = f"~{blind_index(number).hex()}"
    response = at.post(HERE, {"do": "find", "q": number})
    assert response["Location"] == f"{HERE}?q={quote(sealed, safe='~')}"
    page = text(at.get(response["Location"]))
    assert "20260001" in page
    assert "搜索“（完整号码，已隐藏）”" in page
    assert at.get(HERE, {"q": number})["Location"] == response["Location"]
    condition = at.get(HERE, {"where": f"and.id_number.eq.{ID_NUMBER}"})
    assert ID_NUMBER not in condition["Location"]
    assert "20260001" in text(at.get(condition["Location"]))
    wrong_column = at.get(HERE, {"where": f"and.name.has.{number}"})
    assert number.strip() not in unquote(wrong_column["Location"])


@pytest.mark.parametrize("number", ["AB12C", "E1234567", "P7ABCDE"])
def test_a_foreign_number_of_few_digits_does_not_stand_in_an_address(at, number):
    sealed = f"~{blind_index(number).hex()}"
    holder = Student.objects.filter(student_no="20260001")
    holder.update(id_number=number, id_number_index=blind_index(number))
    for asked in (number, number.lower()):
        response = at.post(HERE, {"do": "find", "q": asked})
        assert response["Location"] == f"{HERE}?q={quote(sealed, safe='~')}"
        assert at.get(HERE, {"q": asked})["Location"] == response["Location"]
    assert at.post(HERE, {"do": "find", "q": "20260"})["Location"] == f"{HERE}?q=20260"


def test_a_student_number_that_looks_like_a_phone_number(at):
    Student.objects.filter(student_no="20250005").update(student_no="13900002222")
    assert at.post(HERE, {"do": "find", "q": "13900002222"})["Location"] == f"{HERE}?q=13900002222"
    assert at.post(HERE, {"do": "find", "q": "20250006"})["Location"] == f"{HERE}?q=20250006"


def test_what_was_dropped_is_said(at):
    assert "条件里的列“gone”已不存在，未使用" in text(at.get(f"{HERE}?where=and.gone.eq.1"))


def test_an_empty_list_says_why(at):
    assert "没有符合条件的记录" in text(at.get(f"{HERE}?q=nobody"))
    Student.objects.all().delete()
    assert "还没有学生，请先导入名册" in text(at.get(HERE))


def test_detail(at):
    response = at.get(f"{HERE}?part=detail&pk={pk_of('20250005')}&at=5&sort=student_no", headers=HX)
    said = text(response)
    assert "20250005 生5" in said
    assert "第 6 / 61 条" in said
    assert f"pk={pk_of('20250004')}&amp;at=4" in said
    assert f"pk={pk_of('20250006')}&amp;at=6" in said
    assert 'data-reason="只有管理员可以删除"' in said
    assert "已经休学" not in said
    suspended = at.get(f"{HERE}?part=detail&pk={pk_of('20250001')}", headers=HX)
    assert 'data-reason="已经休学"' in text(suspended)
    assert "<html" in text(at.get(f"{HERE}?part=detail&pk={pk_of('20250005')}"))


def test_detail_out_of_scope_is_not_there(client, campus):
    client.force_login(campus.xu)
    assert client.get(f"{HERE}?part=detail&pk={campus.outside.pk}", headers=HX).status_code == 404
    assert client.get(f"{HERE}?part=detail&pk=x", headers=HX).status_code == 404


def test_a_rule_is_said_before_the_act(at):
    response = at.post(HERE, {"do": "preview", "action": "suspend", "all": "1"}, headers=HX)
    said = re.sub(r"<[^>]+>", "", text(response))
    assert "选中 61 条：58 条可办理休学，3 条不可。 将通知这 58 人。" in said
    assert "3 条 已经休学20250000 生0、20250001 生1、20250002 生2" in said
    assert Student.objects.filter(roster_status="suspended").count() == 3


def test_run_without_htmx_says_it_in_messages(at):
    response = at.post(
        f"{HERE}?q=2025000",
        {"do": "run", "action": "suspend", "all": "1", "comment": "因病"},
        follow=True,
    )
    assert response.redirect_chain == [(f"{HERE}?q=2025000", 302)]
    assert [str(m) for m in response.context["messages"]] == [
        "办理休学：已完成 7 条",
        "20250000 生0、20250001 生1、20250002 生2 等 3 条未完成：已经休学",
    ]
    assert Student.objects.filter(roster_status="suspended").count() == 10


def test_run_in_the_dialog_tells_each_refusal(at):
    response = at.post(
        f"{HERE}?q=2025000",
        {"do": "run", "action": "suspend", "all": "1", "comment": "因病", "seen": "10"},
        headers=HX,
    )
    assert "完成 7 条，3 条未完成" in text(response)
    assert text(response).count("已经休学") == 3
    done = json.loads(response["HX-Trigger"])["list:done"]
    assert len(done["done"]) == 7
    assert done["close"] is False


def test_run_on_other_rows_than_were_seen_asks_again(at):
    response = at.post(
        HERE,
        {"do": "run", "action": "suspend", "all": "1", "comment": "因病", "seen": "60"},
        headers=HX,
    )
    assert "刚才选中 60 条，现在是 61 条，请再看一遍" in text(response)
    assert Student.objects.filter(roster_status="suspended").count() == 3


def test_what_an_action_asks_must_be_answered(at):
    sent = {"do": "run", "action": "suspend", "pk": pk_of("20250005")}
    response = at.post(HERE, sent, headers=HX)
    assert "请填写休学原因" in text(response)
    assert Student.objects.filter(roster_status="suspended").count() == 3


def test_the_next_row_comes_when_one_has_left_the_list(at):
    sent = {"do": "run", "action": "suspend", "pk": pk_of("20250005"), "at": "2", "comment": "病"}
    response = at.post(f"{HERE}?f=status.active", sent, headers=HX)
    assert "20250005 生5 办理休学：已完成" in text(response)
    assert "20250006 生6" in text(response)
    assert "第 3 / 57 条" in text(response)
    sent["pk"] = pk_of("20250007")
    assert "20250007 生7</h2>" in text(at.post(HERE, sent, headers=HX))
    assert "已经休学" in text(at.post(HERE, sent, headers=HX))


@pytest.mark.parametrize("action", ["erase", "gone", ""])
def test_an_action_that_is_not_offered_is_refused(at, action):
    response = at.post(HERE, {"do": "run", "action": action, "all": "1"}, headers=HX)
    assert response.status_code == 422


def test_nothing_known_to_do(at):
    assert at.post(HERE, {"do": "fly"}, headers=HX).status_code == 422
    assert at.put(HERE).status_code == 405


def test_export_all_and_picked(at):
    def numbers(data):
        response = at.post(f"{HERE}?q=2025000&cols=student_no", {"do": "export"} | data)
        assert "filename*=UTF-8''" in response["Content-Disposition"]
        sheet = openpyxl.load_workbook(BytesIO(b"".join(response))).active
        return [row[0].value for row in sheet.iter_rows(min_row=5)]

    assert numbers({}) == [f"2025000{i}" for i in range(10)]
    assert numbers({"pk": [pk_of("20250003"), pk_of("20250033")]}) == ["20250003"]
    assert numbers({"all": "1", "but": pk_of("20250000")}) == [f"2025000{i}" for i in range(1, 10)]
    response = at.post(f"{HERE}?q=2025000&cols=student_no", {"do": "export", "format": "csv"})
    assert b"".join(response).decode().split() == [
        "\ufeff学号",
        *(f"2025000{i}" for i in range(10)),
    ]


def test_columns_are_kept_and_reset(at, campus):
    response = at.post(f"{HERE}?q=1&cols=name", {"do": "layout", "cols": ["sex", "gone", "name"]})
    assert response["Location"] == f"{HERE}?q=1"
    layout = ColumnLayout.objects.get(user=campus.school)
    assert layout.columns == ["sex", "name"]
    at.post(HERE, {"do": "layout", "size": "50", "density": "compact"}, headers=HX)
    layout.refresh_from_db()
    assert (layout.columns, layout.size, layout.density) == (["sex", "name"], 50, "compact")
    at.post(HERE, {"do": "layout", "reset": "1", "cols": ["sex"]})
    layout.refresh_from_db()
    assert layout.columns == []
    assert at.post(HERE, {"do": "layout", "cols": "gone"}, headers=HX).status_code == 422


def test_a_query_is_kept_under_a_name(at, campus):
    where = ["and.grade.ge.2025", "or.name.has.王"]
    sent = {"do": "save_query", "name": "我的 查询", "where": where, "q": "生", "is_default": "1"}
    response = at.post(f"{HERE}?sort=-name", sent)
    saved = SavedQuery.objects.get()
    assert saved.name == "我的 查询"
    assert response["Location"] == f"{HERE}?{saved.params}"
    assert at.get(HERE)["Location"] == f"{HERE}?{saved.params}"
    assert at.get(f"{HERE}?q=").status_code == 200
    at.post(HERE, sent | {"q": "", "where": "", "is_default": ""})
    saved.refresh_from_db()
    assert (SavedQuery.objects.count(), saved.params, saved.is_default) == (1, "", False)
    at.post(HERE, {"do": "drop_query", "saved": saved.pk})
    assert not SavedQuery.objects.exists()


def test_a_list_opens_with_the_query_that_is_preferred(at, campus):
    for name in ("甲", "乙"):
        at.post(HERE, {"do": "save_query", "name": name, "q": name, "is_default": "1"})
    first, second = SavedQuery.objects.order_by("pk")
    at.post(HERE, {"do": "prefer_query", "saved": first.pk})
    assert at.get(HERE)["Location"] == f"{HERE}?{first.params}"
    again = at.post(HERE, {"do": "prefer_query", "saved": first.pk}, follow=True)
    assert "打开列表时显示全部" in text(again)
    assert at.get(HERE).status_code == 200
    assert not SavedQuery.objects.filter(is_default=True).exists()
    SavedQuery.objects.filter(pk=second.pk).update(user=campus.zhao)
    assert at.post(HERE, {"do": "prefer_query", "saved": second.pk}, headers=HX).status_code == 422


def test_a_default_that_asks_nothing_leads_to_the_list(at):
    at.post(HERE, {"do": "save_query", "name": "全部", "is_default": "1"})
    assert at.get(HERE)["Location"] == f"{HERE}?q="


def test_a_kept_query_is_asked_of_the_plan_that_is_open(at):
    at.post(f"{HERE}?plan=7", {"do": "save_query", "name": "王", "q": "王"})
    assert "plan" not in SavedQuery.objects.get().params
    [line] = html.fromstring(text(at.get(f"{HERE}?plan=8"))).find_class("list-saved")
    assert parse_qsl(line[0].get("href")[1:]) == [("plan", "8"), ("q", "王")]


def test_a_shared_query_is_seen_within_the_unit_and_dropped_by_its_owner(client, campus):
    client.force_login(campus.xu)
    client.post(HERE, {"do": "save_query", "name": "共享的", "shared": "1", "q": "生"})
    client.post(HERE, {"do": "save_query", "name": "私人的", "q": "生"})
    assert ("共享的" in text(client.get(HERE)), "私人的" in text(client.get(HERE))) == (True, True)
    client.force_login(campus.zhao)
    assert "共享的" not in text(client.get(HERE))
    campus.zhao.posts.update(college=campus.computing)
    page = text(client.get(HERE))
    assert ("共享的" in page, "私人的" in page, "xu 共享" in page) == (True, False, True)
    SavedQuery.objects.filter(name="共享的").update(is_default=True)
    assert client.get(HERE).status_code == 200  # another's default is not mine
    saved = SavedQuery.objects.get(name="共享的").pk
    dropped = client.post(HERE, {"do": "drop_query", "saved": saved}, headers=HX)
    assert dropped.status_code == 422
    assert SavedQuery.objects.count() == 2


def test_the_builder_knows_fields_operators_and_conditions(at):
    said = at.get(f"{HERE}?part=query&where=or.grade.ge.2025", headers=HX).content.decode()
    fields = json.loads(re.search(r'id="list-fields"[^>]*>(.*?)</script>', said)[1])
    assert fields["status"]["operators"][0] == ["in", "属于"]
    assert fields["sex"]["choices"] == [["1", "男"], ["2", "女"]]
    assert "called" not in fields
    given = json.loads(re.search(r'id="list-given"[^>]*>(.*?)</script>', said)[1])
    assert given == [["or", "grade", "ge", "2025"]]


def test_the_builder_keeps_what_the_bar_asks(at):
    asked = [("q", "生"), ("f", "status.active"), ("f", "college.计算机学院")]
    said = at.get(f"{HERE}?{urlencode([*asked, ('part', 'query')])}", headers=HX).content.decode()
    hidden = html.fromstring(said).xpath("//form//input[@type='hidden']")
    assert [(i.get("name"), i.get("value")) for i in hidden[1:]] == asked


def test_the_sheet_of_keys_names_every_key(at):
    """A key that works and is not on the sheet is found by nobody."""
    source = (Path(grid.__file__).parent / "static/grid/grid.js").read_text()
    keys = re.findall(r'^\s+"?([A-Z][A-Za-z]+|[ /?])"?: \(\) =>', source, re.MULTILINE)
    assert len(keys) == 10
    signs = {"ArrowUp": "↑", "ArrowDown": "↓", " ": "空格"}
    page = at.get(HERE).content.decode()
    shown = re.findall(r"<kbd>(.+?)</kbd>", page[page.index("list-keys-table") :])
    assert {signs.get(key, key) for key in keys} <= set(shown)
    assert {"←", "→", "Esc", "Shift", "Alt", "0"} <= set(shown)
