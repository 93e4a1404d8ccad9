"""操作日志 speaks Chinese of every act that the code writes down."""

import re
from pathlib import Path

import pytest

from yibao.web.staff.audit_words import content_of
from yibao.web.staff.words import ACTS, REFUSED

YIBAO = Path(__file__).resolve().parents[3] / "yibao"


def test_every_act_that_is_recorded_has_a_word():
    written = {
        act
        for path in YIBAO.rglob("*.py")
        for act in re.findall(r'audit\.(?:record|entry)\(\s*"([a-z_]+)"', path.read_text())
    }
    assert written
    # What was tried in vain is said with the word of the act: 未能….
    assert {act.removesuffix(REFUSED) for act in written - ACTS.keys()} - ACTS.keys() == set()


CASES = [
    ("plan", {"was": "draft", "now": "open"}, "草稿 → 进行中"),
    ("plan", {"was": "open", "now": "closed"}, "进行中 → 已结束"),
    ("rate", {"was": "handed_in", "now": "returned"}, "已上报 → 已退回"),
    ("submit", {"was": "unregistered", "now": "in_review", "round": 1},
     "未登记 → 审核中，第几次提交：1"),
    ("change_plan", {"section": "时间", "changes": [
        {"field": "申请截止时间", "was": "", "now": "2026-10-08 08:00"},
        {"field": "审核流程", "was": ["辅导员审核（辅导员）"], "now": []},
    ]}, "部分：时间，申请截止时间：（空） → 2026-10-08 08:00；审核流程：辅导员审核（辅导员） → （空）"),
    ("amend_plan", {"changes": [
        {"field": "支付渠道", "was": "cash、sandbox", "now": ""},
        {"field": "参保说明", "was": "甲" * 70, "now": f"{'甲' * 70}乙"},
    ]}, f"支付渠道：现金、校园收银台（测试） → （空）；参保说明：…{'甲' * 15} → …{'甲' * 15}乙"),
    ("hand_in_rate", {"enrolled": 3, "returned": 0, "opted_out": 1}, "已参保：3，放弃参保：1"),
    ("change_password", {"was_initial": True}, "由初始密码修改：是"),
    ("approve_refused", {"why": "不能审核本人的申请"}, "不能审核本人的申请"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "data", "sentence"), CASES)
def test_the_content_in_words(action, data, sentence):
    assert content_of(action, data) == sentence
