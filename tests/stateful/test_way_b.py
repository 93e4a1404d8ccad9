"""Way B in any order: the counselor reviews, then rates go up. A file of its own, since its university is the only one there."""

from tests.once import once
from tests.stateful.any_order import ALWAYS, BOTH, RATES, WayB, alone, run
from tests.stateful.world import build

__all__ = ["alone"]
world = once(lambda: build("B"))


def test_way_b(world, db):
    run(WayB, world(), BOTH | ALWAYS | RATES)
