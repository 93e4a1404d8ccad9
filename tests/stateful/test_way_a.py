"""Way A in any order: counselor, college and school review, then students pay. A file of its own, since its university is the only one there."""

from tests.once import once
from tests.stateful.any_order import ALWAYS, BOTH, WayA, alone, run
from tests.stateful.world import build

__all__ = ["alone"]
world = once(lambda: build("A"))


def test_way_a(world, db):
    run(WayA, world(), BOTH | ALWAYS)
