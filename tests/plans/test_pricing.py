"""A quote over random policies: it adds up, is never negative, always the same, and says what it is."""

import re
from datetime import date
from decimal import Decimal
from itertools import count
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yibao.enrolment.models import QuoteLine
from yibao.plans.models import FeeRule, HardshipEntry, InsuranceType
from yibao.plans.pricing import Quote, quote
from yibao.plans.states import Reduction

TODAY = date(2026, 10, 1)
CATEGORIES = ("特困人员", "低保对象", "孤儿", "类" * 40)
LONGEST = QuoteLine._meta.get_field("explanation").max_length

yuan = st.decimals(0, Decimal("999999.99"), places=2)
categories = st.sampled_from(CATEGORIES)
days = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))


def text(most):
    return st.sampled_from(["", "甲", "二档 470.00", "(0.01)", "长" * most])


any_policy = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def policies(draw):
    """Types, recognitions and rules as they are stored; rules refer to the types."""
    keys = count(1)
    types = [
        InsuranceType(pk=next(keys), name=draw(text(60)), premium=draw(yuan))
        for _ in range(draw(st.integers(0, 3)))
    ]
    rules = []
    for _ in range(draw(st.integers(0, 5))):
        reduction = draw(st.sampled_from(Reduction))
        rules.append(
            FeeRule(
                pk=next(keys),
                category=draw(categories | st.just("")),
                insurance_type=draw(st.none() | st.sampled_from(types)) if types else None,
                reduction=reduction,
                value=draw(
                    st.decimals(0, 100, places=2) if reduction == Reduction.PERCENT else yuan
                ),
                payer=draw(text(40)),
            )
        )
    entries = [
        HardshipEntry(
            category=category, level=draw(text(20)), valid_from=draw(days), valid_until=draw(days)
        )
        for category in draw(st.sets(categories, max_size=3))
    ]
    return types, entries, rules


@any_policy
@given(policies())
def test_lines_sum_to_the_amount_and_nothing_is_negative(policy):
    found = quote(*policy, on=TODAY)
    types, *_ = policy
    assert [line.type_id for line in found.lines] == [kind.pk for kind in types]
    for kind, line in zip(types, found.lines, strict=True):
        assert line.amount == kind.premium - line.reduced
        assert 0 <= line.amount <= line.premium == kind.premium
        assert line.amount == line.amount.quantize(Decimal("0.01"))
    assert found.amount == sum((line.amount for line in found.lines), Decimal(0))
    assert found.amount >= 0


@any_policy
@given(policies(), st.randoms(use_true_random=False))
def test_the_best_rule_wins_whatever_the_order(policy, random: Random):
    types, entries, rules = policy
    found = quote(*policy, on=TODAY)
    random.shuffle(entries)
    random.shuffle(rules)
    assert quote(types, entries, rules, on=TODAY) == found
    # One rule and one recognition alone never lead to less.
    alone = [quote(types, [entry], [rule], on=TODAY) for entry in entries for rule in rules]
    for place, line in enumerate(found.lines):
        best = min((one.lines[place].amount for one in alone), default=line.premium)
        assert line.amount == best


@any_policy
@given(policies())
def test_the_explanation_names_exactly_the_figures_of_its_line(policy):
    for line in quote(*policy, on=TODAY).lines:
        assert len(line.explanation) <= LONGEST
        said = re.findall(r"([0-9]+\.[0-9]{2}) 元", line.explanation)
        figures = [Decimal(figure) for figure in said]
        reduced = [line.premium, line.reduced, line.amount]
        assert figures == (reduced if line.category else [line.premium])
        assert (line.payer in line.explanation) or not line.payer


@any_policy
@given(policies())
def test_only_recognitions_of_the_day_count(policy):
    types, entries, rules = policy

    def holds(entry):
        return (entry.valid_from or TODAY) <= TODAY <= (entry.valid_until or TODAY)

    valid = [entry for entry in entries if holds(entry)]
    assert quote(types, entries, rules, on=TODAY) == quote(types, valid, rules, on=TODAY)
    if not valid:
        assert quote(types, entries, rules, on=TODAY).amount == sum(kind.premium for kind in types)


def test_of_two_rules_that_take_off_the_same_the_more_exact_one_is_named():
    kind = InsuranceType(pk=1, name="基本", premium=Decimal(400))
    entry = HardshipEntry(category="低保对象", level="特别困难")
    everybody = FeeRule(reduction=Reduction.FULL, payer="学校")
    named = FeeRule(category="低保对象", reduction=Reduction.FIXED, value=400, payer="民政")
    for rules in ([everybody, named], [named, everybody]):
        [line] = quote([kind], [entry], rules, on=TODAY).lines
        assert (line.payer, line.category) == ("民政", "低保对象")


def test_a_recognised_student_who_pays_in_full_is_told_so():
    kind = InsuranceType(pk=1, name="补充", premium=Decimal(60))
    entry = HardshipEntry(category="低保对象", level="特别困难")
    [line] = quote([kind], [entry], [], on=TODAY).lines
    assert line.explanation == "按“补充”标准缴费 60.00 元（已认定为低保对象，本项没有减免）"
    assert quote([], [entry], [], on=TODAY) == Quote(())
