"""打印: the current query and columns on a sheet of paper."""

import re

import pytest

from tests.grid.conftest import ID_NUMBER, MOBILE
from tests.grid.test_errands import at
from yibao.common.models import AuditEntry
from yibao.grid import downloads, printing

__all__ = ["at"]
pytestmark = [pytest.mark.urls("tests.grid.lists"), pytest.mark.django_db]
HERE = "/staff/students/"


def printed(client, query=""):
    response = client.post(f"{HERE}?{query}", {"do": "print"})
    assert response.status_code == 200
    return response.content.decode()


def cells(page):
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2], re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td.*?</td>", row)] for row in rows]


def lines(page):
    return re.findall(r'<p class="sheet-line">([^<]+)', page)


def test_query_order_and_columns_are_those_of_the_screen(at):
    page = printed(at, "q=2025000&sort=-student_no&cols=student_no,status")
    assert cells(page)[:2] == [["1", "20250009", "在读"], ["2", "20250008", "在读"]]
    assert len(cells(page)) == 10
    assert re.findall(r"<h1>([^<]+)", page) == ["学生名册"]
    condition, told = lines(page)
    assert condition == "条件：搜索“2025000”"
    assert re.fullmatch(r"共 10 条 · 打印人：.+ · 打印时间：\d{4}-\d\d-\d\d \d\d:\d\d", told)


def test_all_pages_with_the_sums(at):
    page = printed(at, "page=2&size=10&cols=student_no,fee")
    assert len(cells(page)) == 61
    assert "应缴金额合计（共 61 条）" in page


def test_scope_and_masking_are_those_of_the_screen(client, campus):
    client.force_login(campus.zhao)
    page = printed(client, "cols=student_no,id_number,mobile")
    assert [row[1] for row in cells(page)] == ["20260001"]
    assert (ID_NUMBER in page, MOBILE in page) == (False, False)
    assert cells(page)[0][2:] == ["110***********002X", "138****8000"]
    client.force_login(campus.xu)
    assert "20260001" not in printed(client)


def test_beyond_a_limit_the_sheet_says_so(at, monkeypatch):
    assert "一次最多打印" not in printed(at)
    monkeypatch.setattr(printing, "MOST_PRINTED", 7)
    page = printed(at)
    assert len(cells(page)) == 7
    assert "共 61 条，一次最多打印 7 条，这里是前 7 条。要全部数据请返回列表用“导出全部”" in page
    assert "本表为前 7 条，不是全部。" in page


def test_nothing_is_a_sheet_too(at):
    assert "没有符合条件的记录" in printed(at, "q=nobody")


def test_it_stands_in_the_trail_and_counts_as_an_export(at, campus, monkeypatch):
    printed(at, "q=2025000")
    entry = AuditEntry.objects.get(action="print")
    assert (entry.by, entry.data["rows"], entry.data["query"]) == (campus.school, 10, "q=2025000")
    monkeypatch.setattr(downloads, "MOST_AN_HOUR", 1)
    assert at.post(HERE, {"do": "export"}, headers={"HX-Request": "true"}).status_code == 422


def test_looking_at_the_address_prints_nothing(at):
    assert "sheet-table" not in at.get(f"{HERE}?do=print").content.decode()
    assert not AuditEntry.objects.filter(action="print").exists()
