"""Jobs come back whose worker died: killed, out of memory, or gone with its machine."""

import logging

from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

MOST_LIVES = 10
"""A job that has outlived so many workers is rather what kills them."""

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="revive_jobs")
async def revive_jobs(timestamp: int) -> int:  # noqa: ARG001 - procrastinate tells when it was due
    """Queue again what a worker without a heartbeat had in hand; returns how many.

    A worker that only seemed dead may then work on the same job: jobs are made for that.
    """
    revived = 0
    for job in await app.job_manager.get_stalled_jobs():
        try:
            if job.attempts >= MOST_LIVES:
                log.error("a job ends its workers", extra={"job": job.id, "task": job.task_name})
                await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            else:
                await app.job_manager.retry_job(job)
                revived += 1
        except ConnectorException:  # finished or revived between the look and the act
            log.info("a stalled job has moved on", extra={"job": job.id})
    return revived
