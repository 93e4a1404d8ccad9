"""The review chain of a plan: what comes first, what comes next."""

from collections.abc import Sequence

from yibao.plans.models import ReviewStep


def first_step(steps: Sequence[ReviewStep]) -> ReviewStep | None:
    """The step where review begins; None for a plan without review."""
    return steps[0] if steps else None


def next_step(steps: Sequence[ReviewStep], step: ReviewStep) -> ReviewStep | None:
    """The step after `step`; None when it was the last."""
    return next((later for later in steps if later.position > step.position), None)
