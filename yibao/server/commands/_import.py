"""What the two import commands have in common: arguments, output, exit status."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yibao.common.sheet_report import Report

SHOWN = 200


def run(
    argv: Sequence[str],
    *,
    name: str,
    about: str,
    check: Callable[[Path], Report],
    write: Callable[[Path], Report],
) -> int:
    """Check or import one file; 0 when it has no fault."""
    parser = argparse.ArgumentParser(prog=f"yibao {name}", description=about)
    parser.add_argument("file", type=Path, metavar="FILE.xlsx")
    parser.add_argument("--check", action="store_true", help="write nothing, only report")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(list(argv))
    report = (check if options.check else write)(options.file)
    if options.json:
        _print_json(report.as_dict())
    else:
        _print_text(report, checked=options.check)
    return 1 if report.errors else 0


def _print_json(found: dict[str, Any]) -> None:
    json.dump(found, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


def _print_text(report: Report, *, checked: bool) -> None:
    lines = []
    for fault in report.errors[:SHOWN]:
        place = f"第 {fault.row} 行 {fault.column}：" if fault.row else ""
        lines.append(f"{place}{fault.message}")
    if report.errors:
        more = len(report.errors) - SHOWN
        if more > 0:
            lines.append(f"……另有 {more} 处，用 --json 查看全部")
        lines.append(f"共 {report.rows} 行，{len(report.errors)} 处问题，没有写入任何内容。")
    else:
        lines += report.notes
        did = "检查通过（未写入）" if checked else "导入完成"
        lines.append(
            f"{did}：共 {report.rows} 行，新增 {report.added}，"
            f"更新 {report.changed}，没有变化 {report.unchanged}。"
        )
    sys.stdout.write("\n".join([*lines, ""]))
