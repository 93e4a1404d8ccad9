"""`yibao worker`: work on jobs until told to stop."""

from collections.abc import Sequence

from django.core.management import call_command


def run(argv: Sequence[str]) -> int:
    """Hand over to procrastinate; an interrupted job is taken up again later."""
    options = ["--concurrency=2", "--shutdown-graceful-timeout=5", *argv]
    call_command("procrastinate", "worker", *options, verbosity=0)
    return 0
