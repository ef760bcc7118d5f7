"""The documents, and what they show as code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def page(path: str) -> str:
    """The text of a document, by its path from the root of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def rows(text: str, heading: str) -> dict[str, tuple[str, ...]]:
    """The first table beneath a heading: first cell of a row -> the others."""
    under = text.split(f"\n{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", under, re.MULTILINE)
    assert table, heading
    lines = [line.strip("|").split("|") for line in table[0].splitlines()]
    return {first.strip(): tuple(cell.strip() for cell in rest) for first, *rest in lines[2:]}
