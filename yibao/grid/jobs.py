"""What lists leave to the background. Thin: `batches` and `downloads` do the work."""

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from yibao.grid import batches, downloads
from yibao.grid.models import Batch, Progress

TRIES = 3
AGAIN = RetryStrategy(max_attempts=TRIES, wait=5)


@app.task(retry=AGAIN, pass_context=True)
def run_batch(context: JobContext, batch: int) -> None:
    """Do a batch piece by piece, from where it stands."""
    try:
        while batches.take_piece(batch):
            pass
    except Exception:
        if context.job.attempts + 1 >= TRIES:
            said = "系统出错，未能继续；已完成的部分有效，请对其余的行重新操作"
            Batch.objects.filter(pk=batch).update(progress=Progress.FAILED, said=said)
        raise


@app.task(retry=AGAIN, pass_context=True)
def make_download(context: JobContext, download: int) -> None:
    """Write a file for 我的下载."""
    try:
        downloads.make(download)
    except Exception:
        if context.job.attempts + 1 >= TRIES:
            downloads.fail(download, "系统出错，文件没有做好，请重新导出")
        raise


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="throw_away_downloads")
def throw_away_downloads(timestamp: int) -> int:  # noqa: ARG001 - procrastinate tells when
    """Files are kept for a day, what became of rows for a week."""
    return downloads.throw_away() + batches.throw_away()
