"""What the search box found, marked where it stands."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from yibao.grid import reading
from yibao.grid.markup import escaped

if TYPE_CHECKING:
    from yibao.grid.grid import Grid


def marker(grid: "Grid") -> Callable[[Any], str]:
    """From a text to HTML in which the words of the search box are marked."""
    words = grid.query.words
    if not words:
        return escaped
    spelled = [re.escape(text) for word in words for text in reading.spellings(word)]
    pattern = re.compile(f"({'|'.join(spelled)})", re.IGNORECASE)

    def marked(value: Any) -> str:
        parts = pattern.split(str(value))
        return "".join(
            f"<mark>{escaped(part)}</mark>" if i % 2 else escaped(part)
            for i, part in enumerate(parts)
        )

    return marked
