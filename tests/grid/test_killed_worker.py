"""A long batch whose worker is killed in the middle, with real processes."""

import re

import pytest
from django.db import connection, transaction
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cast import make_cast
from tests.factories import make_plan, make_student
from tests.grid.workers import a_worker, empty_the_queue, kill, wait_until
from yibao.accounts.models import User
from yibao.common.jobs import revive_jobs
from yibao.common.models import AuditEntry
from yibao.enrolment import flow
from yibao.enrolment.flow import Choice
from yibao.enrolment.models import Enrolment, ReviewRecord
from yibao.enrolment.roster import enlist
from yibao.enrolment.states import Intent
from yibao.grid import batches
from yibao.grid.models import Batch, Progress
from yibao.people.codes import TrainingLevel
from yibao.people.models import Student

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}
MANY = 1200


@pytest.fixture
def queue(transactional_db):
    empty_the_queue()
    yield
    empty_the_queue()


@pytest.fixture
def waiting(queue):
    """Twelve hundred applications wait for 李."""
    cast = make_cast()
    copy_of(make_student(cast.classes.cs1, "孙多多", training_level=TrainingLevel.BACHELOR))
    plan = make_plan()
    enlist(plan, by=cast.office)
    rows = Enrolment.objects.filter(student__class_group=cast.classes.cs1)
    assert len(flow.submit(rows, Choice(Intent.JOIN, consent="当面"), by=cast.office).done) == MANY
    return cast, plan


def copy_of(one):
    """As many as are missing, all at once; the numbers in the database need not be different."""
    names = [f"2024{n:06d}" for n in range(500000, 500000 + MANY - 2)]
    users = User.objects.bulk_create(User(username=name, name="孙多多") for name in names)
    fields = [f.attname for f in Student._meta.concrete_fields]
    same = {f: getattr(one, f) for f in fields if f not in {"id", "public_id"}}
    for unique in ("id_number_index", "id_number", "mobile_index", "mobile"):
        same.pop(unique)
    Student.objects.bulk_create(
        Student(**same | {"user_id": user.pk, "student_no": user.username}, **numbers(one, n))
        for n, user in enumerate(users)
    )


def numbers(one, n):
    return {
        "id_number": one.id_number,
        "id_number_index": n.to_bytes(32, "big"),
        "mobile": one.mobile,
        "mobile_index": n.to_bytes(32, "big"),
    }


def told(client, address):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", client.get(address).content.decode()))


def silence(seconds):
    """Let so much time pass since the last heartbeat of every worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - %s * interval '1 s'",
            [seconds],
        )


def test_another_worker_goes_on_where_the_killed_one_stopped(waiting, client):
    cast, plan = waiting
    client.force_login(cast.li, backend="django.contrib.auth.backends.ModelBackend")
    address = f"{reverse('staff:reviews')}?plan={plan.pk}"
    sent = {"do": "run", "action": "approve", "all": "1", "comment": "同意", "seen": MANY}
    assert f"/ {MANY} 条" in client.post(address, sent, headers=HX).content.decode()
    batch = Batch.objects.get()
    second_piece = batch.pks[batches.PIECE + 10]
    with a_worker() as first, transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=second_piece)  # here the worker must wait
        wait_until(lambda: through(batch) == batches.PIECE, first)
        kill(first)
    assert (through(batch), progress(batch)) == (batches.PIECE, Progress.RUNNING)
    assert ReviewRecord.objects.count() == batches.PIECE
    assert f"审核通过：已处理 {batches.PIECE} / {MANY} 条" in told(client, address)

    silence(60)
    revive_jobs.defer(timestamp=0)
    with a_worker() as second:
        wait_until(lambda: progress(batch) == Progress.READY, second)
    batch.refresh_from_db()
    assert (len(batch.done), batch.refused) == (MANY, {})
    assert sorted(batch.done) == sorted(batch.pks)
    decided = ReviewRecord.objects.values_list("enrolment", flat=True)
    assert sorted(decided) == sorted(batch.pks)
    assert AuditEntry.objects.filter(action="approve").count() == MANY
    assert f"审核通过：完成 {MANY} 条" in told(client, f"{address}&part=batch&pk={batch.pk}")
    [status] = ProcrastinateJob.objects.filter(task_name="yibao.grid.jobs.run_batch").values_list(
        "status", flat=True
    )
    assert status == "succeeded"


def through(batch):
    return Batch.objects.values_list("through", flat=True).get(pk=batch.pk)


def progress(batch):
    return Batch.objects.values_list("progress", flat=True).get(pk=batch.pk)
