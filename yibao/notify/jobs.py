"""What the background does about messages. Thin; sending.py does the work."""

from procrastinate.contrib.django import app

from yibao.notify import sending


@app.task
def send_now() -> int:
    """After something was told: what is due goes out."""
    return sending.send_due()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_messages")
def send_messages(timestamp: int) -> int:  # noqa: ARG001 - procrastinate tells when it was due
    """Whatever waited, for the end of the night, for an answer, or since its worker died."""
    sending.give_up_on_silent()
    return sending.send_due()
