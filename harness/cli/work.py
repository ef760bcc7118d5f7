"""What the command line asks for, kept until the command line is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.cli.out import Out


@dataclass(frozen=True)
class Work:
    """What the command line asks for.

    Attributes:
        out: the command's voice.
        do: does it; returns the exit code, or ``None`` for success.
    """

    out: Out
    do: Callable[[Out], int | None]


CHOSEN: list[Work] = []
"""What was asked for, once the command line is read. It is done afterwards, out of reach of the library
that reads it, which has exit codes of its own for some errors."""


def later(as_json: bool, do: Callable[[Out], int | None]) -> None:
    """Note what a command does; ``harness.cli.main.run`` does it."""
    CHOSEN.append(Work(Out(as_json=as_json), do))
