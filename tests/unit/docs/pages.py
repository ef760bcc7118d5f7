"""The documents, and what they show as code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


def page(path: str) -> str:
    """The text of a document, by its path from the root of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


@dataclass(frozen=True)
class WrittenPart:
    """A part of a document that is written from the code, between two comments that carry its name.

    Attributes:
        page: path of the document from the root of the repository.
        name: of the part.
    """

    page: str
    name: str

    def text(self) -> str:
        """The part as it stands."""
        return self._thirds()[1]

    def write(self, text: str) -> None:
        """Put a text in its place."""
        before, _, after = self._thirds()
        (ROOT / self.page).write_text(before + text + after, encoding="utf-8")

    def _thirds(self) -> tuple[str, str, str]:
        name = re.escape(self.name)
        found = re.fullmatch(
            rf"(.*<!-- {name}: [^>]*-->\n)(.*?)(<!-- /{name} -->.*)", page(self.page), re.DOTALL
        )
        assert found is not None, f"{self.page} has no place for the {self.name}"
        return found[1], found[2], found[3]


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
