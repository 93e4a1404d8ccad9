"""Every Chinese sentence that code and templates can say, read from their source."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from yibao.common.english.catalogue import HAN

ROOT = Path(__file__).parents[3] / "yibao"
NAMED = re.compile(r"%\(\w+\)[ds]")
TAGS = re.compile(r"\{%.*?%\}|<!--.*?-->|<[^>]*>", re.DOTALL)
REMARKS = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
LABELS = re.compile(r'(?:aria-label|title|placeholder|alt|data-view-label)="([^"]*)"')
GIVEN = re.compile(r'(?:default:|with \w+=|heading=|text=|label=|\{\{ )"([^"]*)"')
BLOCKS = re.compile(r"\{%.*?%\}", re.DOTALL)


def of_code(path: str, functions: Collection[str] = ()) -> Iterator[str]:
    """Sentences of a module: strings and f-strings with 7 for what differs; no docstrings.

    With names of functions only those in them.
    """
    tree: ast.AST = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    if functions:
        found = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        tree = ast.Module([found[name] for name in functions], [])
    silent = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said = "".join(
                part.value if isinstance(part, ast.Constant) else "7" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = "" if id(node) in silent else node.value
        else:
            continue
        if HAN.search(said):
            yield NAMED.sub("7", said)


def of_template(path: Path) -> Iterator[str]:
    """Texts and labels of a template, apart at each tag; 7 for what it fills in."""
    page = REMARKS.sub("", path.read_text(encoding="utf-8"))
    labels = [part for label in LABELS.findall(page) for part in BLOCKS.split(label)]
    given = [part for found in GIVEN.findall(page) for part in BLOCKS.split(found)]
    page = LABELS.sub("", page)
    for text in [*labels, *given, *TAGS.split(page)]:
        said = " ".join(re.sub(r"\{\{.*?\}\}", "7", text).split())
        if HAN.search(said):
            yield said
