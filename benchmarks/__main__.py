"""`python -m benchmarks [NAME …]`: measure, and print the table. It fails nothing."""

import argparse
import importlib
import json
import os
import sys
from dataclasses import fields
from statistics import median
from time import perf_counter

from benchmarks.database import database
from benchmarks.measure import Result, measure
from benchmarks.sizes import SMALL, Sizes

# Those that share a university stand side by side.
NAMES = (
    "roster",
    "opening",
    "approve",
    "statistics",
    "notice",
    "export",
    "review_page",
    "list_growth",
)


def main() -> None:
    """Measure what the command line names, or everything."""
    options = _options()
    given = {f.name: value for f in fields(Sizes) if (value := getattr(options, f.name))}
    sizes = Sizes(**((vars(SMALL) if options.small else {}) | given))
    results = []
    with database(_say):
        for name in options.names or NAMES:
            module = importlib.import_module(f"benchmarks.{name}")
            begun = perf_counter()
            for figure in module.figures(sizes):
                _say(f"{name}: {figure.name} (made ready in {perf_counter() - begun:.0f} s) …")
                results.append(measure(figure, options.repeats))
                begun = perf_counter()
    print(as_json(results) if options.json else table(results))


def table(results: list[Result]) -> str:
    """Name, medians, ratio with its spread, goal; and what the baselines are."""
    lines = [("what", "baseline", "ours", "ratio", "from – to", "goal", "")]
    for result in results:
        low, high = result.spread
        lines.append(
            (
                result.figure.name,
                _seconds(median(result.floor)),
                _seconds(median(result.ours)),
                f"{result.ratio:.2f}",
                f"{low:.2f} – {high:.2f}",
                f"≤ {result.figure.goal:g}",
                "" if result.is_met else "missed",
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [
        "  ".join(
            cell.ljust(width) if place in {0, 6} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    notes = [f"{result.figure.name}: beside {result.figure.floor_name}" for result in results]
    return "\n".join([*rows, "", *notes])


def as_json(results: list[Result]) -> str:
    """The same with every run."""
    found = [
        {
            "name": result.figure.name,
            "baseline": result.figure.floor_name,
            "goal": result.figure.goal,
            "ratio": round(result.ratio, 3),
            "baseline_seconds": result.floor,
            "our_seconds": result.ours,
        }
        for result in results
    ]
    return json.dumps(found, ensure_ascii=False, indent=1)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument("--repeats", type=int, default=5, help="pairs that count (5)")
    parser.add_argument("--small", action="store_true", help="so small that it is done at once")
    parser.add_argument("--json", action="store_true", help="every run, for machines")
    for field in fields(Sizes):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=int, metavar="N", help=f"({field.default:,})")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    if os.geteuid() == 0:
        os.umask(0o022)  # PostgreSQL runs as another account and must get to its folder
    main()
