"""Jobs whose worker died are queued again."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException

from yibao.common import jobs

pytestmark = pytest.mark.django_db


def in_hand(silent_for, attempts=0):
    """A job that a worker has taken, which then said nothing for so many seconds."""
    pk = jobs.revive_jobs.configure(queueing_lock=None).defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH one AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - %s * interval '1 s') RETURNING id)"
            " UPDATE procrastinate_jobs SET status = 'doing', attempts = %s,"
            " worker_id = (SELECT id FROM one) WHERE id = %s",
            [silent_for, attempts, pk],
        )
    return pk


def revive():
    return async_to_sync(jobs.revive_jobs.func)(timestamp=0)


def state(pk):
    return ProcrastinateJob.objects.values_list("status", "attempts").get(pk=pk)


def test_only_what_a_silent_worker_had_in_hand_is_queued_again():
    silent, lively = in_hand(60), in_hand(5)
    assert revive() == 1
    assert (state(silent), state(lively)) == (("todo", 1), ("doing", 0))
    assert revive() == 0


def test_a_worker_that_is_forgotten_left_its_job_too():
    pk = in_hand(60)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    assert revive() == 1
    assert state(pk) == ("todo", 1)


def test_a_job_that_ends_every_worker_is_given_up(caplog):
    pk = in_hand(60, attempts=jobs.MOST_LIVES)
    assert revive() == 0
    assert state(pk)[0] == "failed"
    assert caplog.messages == ["a job ends its workers"]


def test_a_job_that_moves_on_meanwhile_disturbs_nobody(monkeypatch):
    gone, other = in_hand(60), in_hand(60)
    manager = type(jobs.app.job_manager)
    retry = manager.retry_job

    async def retry_job(self, job):
        if job.id == gone:
            raise ConnectorException("not found or not in doing")
        await retry(self, job)

    monkeypatch.setattr(manager, "retry_job", retry_job)
    assert revive() == 1
    assert state(other) == ("todo", 1)
