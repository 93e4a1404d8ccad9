"""Every figure of `make bench` still runs, at a size that is done at once; times are not tested."""

import importlib

import pytest

from benchmarks import university
from benchmarks.__main__ import NAMES, as_json, table
from benchmarks.measure import Figure, Result, measure
from benchmarks.sizes import Sizes

TINY = Sizes(enrolments=640, few_enrolments=320, batch=20, roster=20, deep_page=2)


@pytest.fixture(autouse=True)
def _nothing_kept():
    """A university of another test is not in this one's database."""
    university._built.clear()
    yield
    university._built.clear()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.django_db(transaction=True)
def test_a_figure_runs(name):
    module = importlib.import_module(f"benchmarks.{name}")
    results = [measure(figure, repeats=1) for figure in module.figures(TINY)]
    assert results
    assert all(seconds > 0 for result in results for seconds in result.floor + result.ours)


def test_the_baseline_and_ours_take_turns_and_the_first_pair_warms_up():
    turns = []
    figure = Figure("what", "floor", 2, lambda: turns.append("floor"), lambda: turns.append("ours"))
    result = measure(figure, repeats=2)
    assert turns == ["floor", "ours"] * 3
    assert (len(result.floor), len(result.ours)) == (2, 2)


def test_the_table_says_the_ratio_of_the_medians_and_what_was_missed():
    met = Result(Figure("met", "a", 2, id, id), [1.0, 1.0, 4.0], [2.0, 1.5, 4.0])
    missed = Result(Figure("missed", "b", 2, id, id), [0.01], [0.05])
    lines = table([met, missed]).splitlines()
    assert lines[1].split() == "met 1.00 s 2.00 s 2.00 1.00 – 2.00 ≤ 2".split()
    assert lines[2].split() == "missed 10.0 ms 50.0 ms 5.00 5.00 – 5.00 ≤ 2 missed".split()
    assert lines[-1] == "missed: beside b"
    assert '"ratio": 5.0' in as_json([missed])
