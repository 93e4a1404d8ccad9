"""What fee rules come to: category × type, as entered and not yet saved."""

from decimal import Decimal

from django.urls import reverse

from tests.factories import make_plan
from tests.web.staff_reports.editor import edit, fields_of
from yibao.plans.fee_table import NOT_RECOGNISED, fee_table
from yibao.plans.models import HardshipEntry
from yibao.plans.states import PlanStatus, Reduction


def make_draft(cast):
    plan = make_plan(status=PlanStatus.DRAFT, premium="400.00")
    plan.types.create(name="补充", premium=60, position=2)
    plan.fee_rules.all().delete()
    basic = plan.types.first()
    plan.fee_rules.create(
        category="低保对象",
        insurance_type=basic,
        reduction=Reduction.FIXED,
        value=300,
        payer="民政",
    )
    plan.fee_rules.create(category="孤儿", reduction=Reduction.FULL)
    HardshipEntry.objects.create(
        academic_year=2026, student=cast.wang, category="没有规则", level="困难"
    )
    return plan


def test_every_category_has_a_line_and_every_type_a_price(cast):
    plan = make_draft(cast)
    found = fee_table(plan, list(plan.fee_rules.all()))
    assert {row.category: [line.amount for line in row.lines] for row in found} == {
        NOT_RECOGNISED: [Decimal(400), Decimal(60)],
        "低保对象": [Decimal(100), Decimal(60)],
        "孤儿": [Decimal(0), Decimal(0)],
        "没有规则": [Decimal(400), Decimal(60)],
    }
    assert found[1].lines[0].payer == "民政"


def test_the_editor_shows_it_of_what_is_entered_and_saves_nothing(cast, client):
    client.force_login(cast.office, backend="django.contrib.auth.backends.ModelBackend")
    plan = make_draft(cast)
    address = edit(plan, "fees")
    page = client.get(address)
    assert [row.category for row in page.context["fee_table"]][1:] == [
        "低保对象",
        "孤儿",
        "没有规则",
    ]
    entered = fields_of(client, address) | {"fee_rules-0-value": "350", "preview": "1"}
    shown = client.post(address, entered).content.decode()
    assert "¥50.00" in shown
    assert "减 ¥350.00，民政" in shown
    half = client.post(address, entered | {"fee_rules-0-value": ""}).content.decode()
    assert "规则填写完整后" in half
    assert plan.fee_rules.first().value == 300
    read = client.get(reverse("staff:plan", args=[plan.pk])).content.decode()
    assert "减 ¥300.00，民政" in read
