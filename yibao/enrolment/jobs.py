"""What the clock does about enrolments. Thin; the verbs do the work."""

from procrastinate.contrib.django import app

from yibao.enrolment import reminding
from yibao.enrolment.master_data import take_effect_and_enlist


@app.periodic(cron="5 * * * *")
@app.task(queueing_lock="remind_of_deadlines")
def remind_of_deadlines(timestamp: int) -> int:  # noqa: ARG001 - procrastinate tells when it was due
    """截止提醒: asked every hour, so that a worker that was down at nine does it at ten."""
    return reminding.remind_of_deadlines()


@app.periodic(cron="10 * * * *")
@app.task(queueing_lock="take_effect")
def take_effect(timestamp: int) -> int:  # noqa: ARG001
    """学籍异动 whose day has come, ten minutes after midnight; asked again every hour, as above."""
    return take_effect_and_enlist()
