"""Why a process was ended, as a report tells it: a namespace, a code, and the words of who asked.

A termination that was asked for carries the asker's context, one line per entry of ``reasons`` in JSON
and joined by bars in text. The code inside the context is the one that counts; without a context the
report's own does. Source: background-execution.md §3.4, log-grammar.md §1.5.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.evidence.reports.values import JsonObject, list_of, number_of, text_of

CONTEXT_CODE = re.compile(r"<RBSTerminateContext\|[^>]*?\bcode:(?P<code>0x[0-9A-Fa-f]{1,16}|\d{1,19})\b")
EXPLANATION = re.compile(
    r"\bexplanation:(?P<text>.*?)(?= ?\|? ?(?:ProcessVisibility:|reportType:|\n)|$)", re.DOTALL
)

MOST_WORDS = 2_000
"""Longer explanations are cut; a hostile report may carry megabytes."""


@dataclass(frozen=True)
class Termination:
    """Why a process was ended.

    Attributes:
        namespace: who, as the report spells it, in capitals.
        code: code within the namespace.
        explanation: the asker's words, or the report's own for the code.
    """

    namespace: str
    code: int
    explanation: str


NOT_TOLD = Termination("", 0, "")


def from_context(namespace: str, code: int, said: str, otherwise: str = "") -> Termination:
    """A termination from what a report says of it.

    Args:
        namespace: the report's own.
        code: the report's own.
        said: the asker's context, or whatever stands in its place; may be empty.
        otherwise: the report's own words for the code.
    """
    said = said[: 2 * MOST_WORDS]
    inner = CONTEXT_CODE.search(said)
    explained = EXPLANATION.search(said)
    words = explained["text"] if explained else said or otherwise
    return Termination(
        namespace.upper(), int(inner["code"], 0) if inner else code, words.strip()[:MOST_WORDS]
    )


def from_json(termination: JsonObject) -> Termination:
    """The ``termination`` of a JSON report."""
    said = "\n".join(_texts(list_of(termination, "reasons")) or _texts(list_of(termination, "details")))
    code = number_of(termination, "code")
    return from_context(text_of(termination, "namespace"), code, said, text_of(termination, "indicator"))


def _texts(values: Sequence[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
