"""The house rules that a linter does not know; see docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400
LONGER_FOR_A_REASON: dict[str, str] = {}  # path → why
FORBIDDEN_NAMES = {"services", "utils", "helpers", "managers", "signals", "mixins"}
WRITERS_OF_STATUS = {
    "flow.py", "moving.py", "applying.py", "refunding.py", "differences.py", "reconciling.py", "cash.py",
}  # fmt: skip
SCOPED_DOORS = {"visible_to", "covered_by", "awaiting", "cash_of", "published", "open", "shown_to"}


def tracked(*endings: str) -> Iterator[Path]:
    for top in ("yibao", "yibao_sandbox", "tests", "benchmarks"):
        for path in sorted((ROOT / top).rglob("*")):
            inside = path.relative_to(ROOT).parts
            if path.suffix in endings and not {"migrations", "vendor", "fonts"} & set(inside):
                yield path


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long_to_read_at_once():
    long = {
        name(path): lines
        for path in tracked(".py", ".html", ".css", ".js")
        if (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert sorted(long) == sorted(LONGER_FOR_A_REASON)


def test_no_file_has_a_name_that_means_nothing():
    assert [name(p) for p in tracked(".py") if p.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is_for():
    silent = [
        name(path)
        for path in tracked(".py")
        if (text := path.read_text().strip()) and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_status_is_written_in_flow_only():
    """`x.status = …`, `update(status=…)`: the verbs of each chapter's flow, and nobody else."""
    found = []
    for path in tracked(".py"):
        if not name(path).startswith("yibao/") or path.name in WRITERS_OF_STATUS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else []
            attributes = [t for t in targets if isinstance(t, ast.Attribute)]
            calls = [k.arg for k in node.keywords] if _is_update(node) else []
            if any(t.attr == "status" for t in attributes) or "status" in calls:
                found.append(f"{name(path)}:{node.lineno}")
    assert found == []


def _is_update(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return name in {"update", "text_of_update"}


def test_pages_reach_rows_through_scoped_doors():
    """Nothing in web says `.objects` but for `.objects.visible_to(…)` and its like."""
    found = []
    for path in (ROOT / "yibao/web").rglob("*.py"):
        for line, text in enumerate(path.read_text().splitlines(), start=1):
            doors = re.findall(r"\.objects\b(?:\.(\w+))?", text)
            found += [
                f"{name(path)}:{line} .objects.{door}" for door in doors if door not in SCOPED_DOORS
            ]
    assert found == []


def test_nothing_is_inline_in_templates():
    """The content security policy allows no inline script, style or handler."""
    inline = re.compile(
        r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>|<style|\sstyle=|\son\w+=\"",
        re.IGNORECASE,
    )
    found = [
        f"{name(path)}: {match.group()[:60]}"
        for path in tracked(".html")
        if "yibao_sandbox" not in path.parts
        for match in inline.finditer(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("package", ["yibao/payments", "yibao/plans/pricing.py"])
def test_no_float_near_money(package):
    """Amounts are Decimal yuan or integer fen: no float literal and no float() anywhere near."""
    top = ROOT / package
    found = []
    for path in [top] if top.is_file() else sorted(top.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
            if (literal or call) and "timeout" not in ast.unparse(node):
                found.append(f"{name(path)}:{node.lineno} {ast.unparse(node)}")
    assert found == []
