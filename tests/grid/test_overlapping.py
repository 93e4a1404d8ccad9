"""Two people act on the same rows at once, each having picked them in another order.

On two real connections. The twin, which locks rows as they were picked, must deadlock.
"""

import re
import threading

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from tests import racing
from tests.cast import make_cast
from tests.factories import make_plan, make_student
from tests.racing import at_once, meet
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.grid import keeping
from yibao.grid.models import SavedQuery

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}
MANY = 60
MEETING = 5.0


@pytest.fixture
def waiting(transactional_db):
    """Sixty applications of one class, which 李 and 何 both counsel."""
    cast = make_cast()
    for _ in range(MANY - 1):
        make_student(cast.classes.cs2, "孙多多")
    plan = make_plan()
    enlist(plan, by=cast.office)
    rows = Enrolment.objects.filter(student__class_group=cast.classes.cs2)
    assert len(flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.office).done) == MANY
    return cast, plan, sorted(rows.values_list("pk", flat=True))


def send(user, plan, action, pks, barrier):
    """Press the button as somebody; what the report says."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"{reverse('staff:reviews')}?plan={plan.pk}"
    sent = {"do": "run", "action": action, "pk": pks, "comment": "请核对", "seen": len(pks)}
    barrier.wait(MEETING)
    return client.post(address, sent, headers=HX)


def test_nobody_waits_forever_and_every_row_is_told(waiting):
    cast, plan, pks = waiting
    mine, theirs = pks[:45], pks[15:][::-1]
    barrier = threading.Barrier(2)
    answers = at_once(
        lambda: send(cast.li, plan, "approve", mine, barrier),
        lambda: send(cast.he, plan, "send_back", theirs, barrier),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    decided = list(ReviewRecord.objects.values_list("enrolment", "by__name"))
    assert len(decided) == len({pk for pk, _ in decided})
    for answer, name, picked in zip(answers, ("李老师", "何老师"), (mine, theirs), strict=True):
        said = answer.content.decode()
        done = sum(by == name for _, by in decided)
        if f"刚才选中 {len(picked)} 条，现在是" in said:  # the other had finished before
            assert done == 0
            continue
        told = re.search(r"完成 (\d+) 条(?:，(\d+) 条未完成)?", said)
        refused = int(told[2] or 0)
        assert (int(told[1]), done + refused) == (done, len(picked))
        [other] = {"李老师", "何老师"} - {name}
        assert len(re.findall(rf"<td>{other}已于", said)) == refused


def locked_as_picked(barrier):
    def lock(rows):
        pks = list(rows.values_list("pk", flat=True))
        for place, pk in enumerate(pks):
            Enrolment.objects.select_for_update().get(pk=pk)
            if place == 0:
                barrier.wait(MEETING)
        return list(Enrolment.objects.filter(pk__in=pks).with_story())

    return lock


@pytest.mark.parametrize("in_order", [True, False])
def test_the_order_of_locks_is_what_helps(waiting, monkeypatch, in_order):
    cast, _plan, pks = waiting
    barrier = threading.Barrier(2)
    if not in_order:
        monkeypatch.setattr(flow, "_lock", locked_as_picked(barrier))
    rows = Enrolment.objects.filter(pk__in=pks)
    answers = at_once(
        lambda: flow.approve(rows.order_by("pk"), by=cast.li),
        lambda: flow.send_back(rows.order_by("-pk"), by=cast.he, comment="请核对"),
    )
    faults = [answer for answer in answers if isinstance(answer, OperationalError)]
    if in_order:
        assert faults == []
        assert sorted(len(answer.done) for answer in answers) == [0, MANY]
        assert [len(a.done) + len(a.refused) for a in answers] == [MANY, MANY]
    else:
        assert ["deadlock detected" in str(fault) for fault in faults] == [True]


def test_two_tabs_cannot_both_name_a_default(transactional_db, monkeypatch):
    cast = make_cast()
    tabs = {name: Client() for name in ("甲", "乙")}
    for tab in tabs.values():
        tab.force_login(cast.li, backend="django.contrib.auth.backends.ModelBackend")
    # Without a lock both come out of it together; with it the second waits inside.
    monkeypatch.setattr(racing, "MEETING", 0.5)
    meet(monkeypatch, keeping, "_own_alone", 2)

    def save(name):
        sent = {"do": "save_query", "name": name, "is_default": "1"}
        return tabs[name].post(reverse("staff:students"), sent).status_code

    assert at_once(lambda: save("甲"), lambda: save("乙")) == [302, 302]
    assert SavedQuery.objects.filter(is_default=True).count() == 1
