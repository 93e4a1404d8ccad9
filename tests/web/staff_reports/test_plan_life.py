"""What becomes of a plan: opened, moved in time, ended, copied, archived; and who reads it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.web.staff_reports.conftest import length, said
from tests.web.staff_reports.editor import at, edit
from yibao.plans.models import InsurancePlan
from yibao.plans.sections import SECTIONS
from yibao.plans.states import PlanStatus


@pytest.mark.parametrize("status", [PlanStatus.CLOSED, PlanStatus.ARCHIVED])
@pytest.mark.parametrize("key", list(SECTIONS))
def test_a_plan_that_is_over_is_read_only_and_says_why(cast, draft, office, status, key):
    InsurancePlan.objects.filter(pk=draft.pk).update(status=status)
    [sentence] = said(office.post(edit(draft, key), {"name": "x"}, follow=True))
    assert f"计划{status.label}" in sentence


def test_open_end_open_again_and_archive(cast, draft, office):
    draft.training_levels = ["master"]
    draft.save()
    page = office.get(reverse("staff:plan_open", args=[draft.pk]))
    trial = page.context["trial"]
    assert (trial.people, trial.due, trial.alone) == (4, Decimal(2132), 0)
    office.post(reverse("staff:plan_open", args=[draft.pk]))
    assert draft.enrolments.count() == 4
    for act, status in (("close", "closed"), ("open", "open"), ("close", "closed"),
                        ("archive", "archived")):  # fmt: skip
        office.post(reverse(f"staff:plan_{act}", args=[draft.pk]))
        assert InsurancePlan.objects.get(pk=draft.pk).status == status
    refused = office.post(
        reverse("staff:plan_open", args=[draft.pk]), follow=True,
        headers={"referer": f"http://testserver{reverse('staff:plan', args=[draft.pk])}"},
    )  # fmt: skip
    assert said(refused)[-1] == "计划已归档，不能再次开放"


def test_a_plan_may_open_again_when_applying_is_long_over(cast, draft, office):
    InsurancePlan.objects.filter(pk=draft.pk).update(
        status=PlanStatus.CLOSED, apply_from=at("2020-01-01"), apply_until=at("2020-02-01"),
        opened_at=at("2020-01-01"), training_levels=["master"],
    )  # fmt: skip
    office.post(reverse("staff:plan_open", args=[draft.pk]))
    assert InsurancePlan.objects.get(pk=draft.pk).status == PlanStatus.OPEN


def test_a_copy_is_a_draft_of_next_year(cast, draft, office):
    answer = office.post(reverse("staff:plan_copy", args=[draft.pk]))
    copy = InsurancePlan.objects.exclude(pk=draft.pk).get()
    assert answer.url == edit(copy, "basics")
    assert (copy.status, copy.academic_year) == ("draft", draft.academic_year + 1)
    assert [t.name for t in copy.types.all()] == [t.name for t in draft.types.all()]


def test_copies_of_a_plan_with_the_longest_name_get_names_of_their_own(cast, draft, office):
    InsurancePlan.objects.filter(pk=draft.pk).update(name="长" * 80)
    for _ in range(2):
        assert office.post(reverse("staff:plan_copy", args=[draft.pk])).status_code == 302
    names = InsurancePlan.objects.exclude(pk=draft.pk).order_by("pk").values_list("name", flat=True)
    assert [name[-6:] for name in names] == ["长长（复制）", "长（复制）2"]


def test_who_reads_and_who_writes(cast, draft, way_a, as_):
    everybody = "li xu office finance admin auditor".split()
    reads = {who: as_(getattr(cast, who)).get(reverse("staff:plan", args=[way_a.pk])).status_code
             for who in everybody}  # fmt: skip
    assert reads == {"li": 200, "xu": 200, "office": 200, "finance": 200,
                     "admin": 403, "auditor": 403}  # fmt: skip
    # A draft is the office's alone.
    assert as_(cast.li).get(reverse("staff:plan", args=[draft.pk])).status_code == 404
    listed = {who: as_(getattr(cast, who)).get(reverse("staff:plans")).context["grid"].page.total
              for who in ("li", "office")}  # fmt: skip
    assert listed == {"li": 1, "office": 2}
    assert as_(cast.xu).get(reverse("staff:plan_new")).status_code == 403
    assert as_(cast.xu).post(edit(draft, "basics"), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("who", ["li", "xu", "office", "finance"])
def test_the_numbers_of_the_page_are_the_lengths_of_their_lists(cast, way_a, as_, who):
    InsurancePlan.objects.filter(pk=way_a.pk).update(opened_at=at("2026-09-01"))
    user = getattr(cast, who)
    stats = as_(user).get(reverse("staff:plan", args=[way_a.pk])).context["stats"]
    assert stats[0]["number"] == sum(stat["number"] for stat in stats[1:]) > 0
    links = [stat for stat in stats if stat["href"]]
    assert len(links) == (0 if who == "finance" else 9)
    for stat in links:
        assert length(user, stat["href"]) == stat["number"], stat


def test_the_live_count_follows_the_ticks(cast, draft, office):
    address = reverse("staff:plan_targets", args=[draft.pk])
    ticked = {
        "training_levels": ["master"],
        "roster_statuses": ["active"],
        "origins": ["mainland"],
        "grades": ["2024"],
    }

    def people(**changes):
        return office.get(address, ticked | changes).context["counted"].people

    assert office.get(address, ticked).context["counted"].parts[0] == ("培养层次", (("硕士", 4),))
    assert people(origins=["foreign"]) == 0
    assert people(grades=[]) == 4
    assert people(training_levels="x") == 0
