"""收据: what it shows, the PDF, and the check that anybody can make."""

import re
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from tests.web.student.conftest import of, words
from yibao.payments import flow
from yibao.payments.models import Order, Refund
from yibao.payments.receipts import code_of, find_receipt, receipt_of, receipt_pdf
from yibao.payments.states import RefundCause, RefundStatus

CHECK = "/receipts/check/"


@pytest.fixture
def paid(owing, cast):
    """王 has paid in cash."""
    flow.record_cash(of(cast.wang), by=cast.li).or_refuse()
    return owing


def give_back(order):
    Refund.objects.create(
        payment=order.payments.get(),
        amount=order.amount,
        cause=RefundCause.OTHER,
        status=RefundStatus.DONE,
    )


def test_the_page_has_all_that_proves_it(paid, cast):
    order = paid.order
    screen = paid.see("receipt", order.public_id)
    number = cast.wang.id_number
    for part in (
        order.number,
        "¥533.00",
        "伍佰叁拾叁元整",
        "缴费人 王小明（2024010001）",
        f"证件号码 {number[:3]}***********{number[-4:]}",
        "医保计划 2026年大学生医保",
        "城乡居民基本医疗保险 ¥533.00",
        "支付方式 现金，李老师收",
        "流水号 T001-000001",
        f"缴费时间 {localtime(order.paid_at):%Y-%m-%d %H:%M}",
        f"校验码 {code_of(order)}",
    ):
        assert part in screen
    assert number not in paid.client.get(paid.address("receipt", order.public_id)).content.decode()


def test_the_pdf_is_one(paid):
    answer = paid.client.get(paid.address("receipt_file", paid.order.public_id))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith(f'receipt-{paid.order.number}.pdf"')
    assert answer.content.startswith(b"%PDF-1.")
    assert len(re.findall(rb"/Type\s*/Page\b", answer.content)) == 1
    assert b"NotoSansSC" in answer.content  # the embedded font, not one of this machine
    assert len(answer.content) < 200_000


def test_markup_in_data_is_text(paid, cast):
    cast.wang.name = '#panic() $ * _ [ ] \\ "'
    cast.wang.save()
    answer = paid.client.get(paid.address("receipt_file", paid.order.public_id))
    assert answer.content.startswith(b"%PDF-1.")


def test_each_thread_has_its_own_compiler(paid):
    sheet, made = receipt_of(paid.order), []
    threads = [
        threading.Thread(target=lambda: made.append(receipt_pdf(sheet, "https://x.example/")))
        for _ in range(4)
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [pdf[:7] for pdf in made] == [b"%PDF-1."] * 4


def test_no_receipt_before_the_money(owing, cast):
    order = flow.open_order(owing.row, by=cast.wang.user)
    for name in ("receipt", "receipt_file"):
        refused = owing.client.get(owing.address(name, order.public_id))
        assert refused.status_code == 409
        assert "订单待缴费，缴费后才有收据" in words(refused)
    found = Client().get(CHECK, {"number": order.number, "code": code_of(order)})
    assert "没有查到这张收据" in words(found)


def test_anybody_can_check_a_receipt_and_learns_little(paid, cast):
    order = paid.order
    stranger = Client()
    page = stranger.get(CHECK, {"number": order.number, "code": code_of(order)})
    screen = words(page)
    assert "收据真实有效 王*明 ¥533.00 2026年大学生医保 缴费日期" in screen
    for secret in ("王小明", cast.wang.student_no, cast.wang.id_number[-4:]):
        assert secret not in page.content.decode()


def test_the_code_is_read_as_people_type_it(paid):
    order = paid.order
    typed = f" {code_of(order).lower().replace('-', ' ')} "
    assert find_receipt(order.number, typed).number == order.number


def test_a_receipt_that_was_refunded_says_so(paid):
    give_back(paid.order)
    assert "本收据的款项已退费 ¥533.00" in paid.see("receipt", paid.order.public_id)
    answer = paid.client.get(paid.address("receipt_file", paid.order.public_id))
    assert answer.status_code == 200
    found = Client().get(CHECK, {"number": paid.order.number, "code": code_of(paid.order)})
    assert "收据真实，款项已退费 ¥533.00" in words(found)


def test_money_on_its_way_back_is_said_beside_the_insurance(paid):
    back = Refund.objects.create(
        payment=paid.order.payments.get(), amount=Decimal("33.00"), cause=RefundCause.OTHER
    )
    assert "你已参保，保费已缴清" in paid.see()
    assert "有 ¥33.00 正在退费" in paid.see()
    Refund.objects.filter(pk=back.pk).update(amount=533, cause=RefundCause.WITHDRAWN)
    for page in (paid.see(), paid.see("progress", paid.row.public_id)):
        assert "正在办理退出参保" in page
        assert "退费 ¥533.00 办理中" in page
        assert "保费已缴清" not in page


def test_codes_differ_and_belong_to_their_order(paid, cast):
    order = paid.order
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code_of(order))
    assert not set(code_of(order)) & set("ILOU")
    other = Order(number=order.number, amount=order.amount)
    assert code_of(other) != code_of(order)
    changed = Order.objects.get(pk=order.pk)
    changed.amount = Decimal("1.00")
    assert code_of(changed) != code_of(order)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", ""),
        ("1", "1"),
        ("9" * 18, "AAAA-BBBB-CCCC-DDDD"),
        ("x" * 5000, "y" * 5000),
        ("' OR 1=1 --", "<script>"),
        ("１２３４５６７８９０１２３４５６７８", "ＡＢＣＤ"),
    ],
)
def test_a_wrong_code_is_answered_in_words(db, number, code):
    page = Client().get(CHECK, {"number": number, "code": code})
    assert page.status_code == 200
    assert "收据真实" not in words(page)
    assert "<script>" not in page.content.decode().split("<body")[1]


def test_rubbish_costs_no_query_and_a_guess_costs_one(paid):
    number = paid.order.number
    with CaptureQueriesContext(connection) as rubbish:
        assert find_receipt("12", "AAAA") is None
    with CaptureQueriesContext(connection) as guess:
        assert find_receipt(number, "AAAA-BBBB-CCCC-DDDD") is None
    assert (len(rubbish), len(guess)) == (0, 1)


def test_the_address_on_the_receipt_leads_to_the_check(paid):
    page = paid.client.get(paid.address("receipt", paid.order.public_id)).content.decode()
    address = re.search(r'href="(http://testserver/receipts/check/\?[^"]+)"', page)[1]
    assert "收据真实有效" in words(Client().get(address.replace("&amp;", "&")))
    assert reverse("student:verify_receipt") == CHECK
