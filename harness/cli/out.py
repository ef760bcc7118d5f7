"""What a command says: data on stdout, talk on stderr; and how it ends when something went wrong."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from harness.errors import (
    AppError,
    ConfigError,
    DeviceError,
    EvidenceError,
    FarmError,
    HarnessError,
    PreconditionError,
)
from harness.expect.plain import plain

OK = 0
EXPECTATION_FAILED = 1
USAGE = 2
DEVICE = 3
NO_DEVICE = 4
INCONCLUSIVE = 5
INTERRUPTED = 130

EXIT_CODES: tuple[tuple[type[HarnessError], int], ...] = (
    (ConfigError, USAGE),
    (FarmError, NO_DEVICE),
    (DeviceError, DEVICE),
    (AppError, DEVICE),
    (PreconditionError, INCONCLUSIVE),
    (EvidenceError, INCONCLUSIVE),
    (HarnessError, DEVICE),
)
"""Kind of error -> exit code; the first that matches counts."""

DEBUG_VARIABLE = "HARNESS_DEBUG"
"""Environment variable that has tracebacks printed."""


def exit_code(error: HarnessError) -> int:
    """How a command ends that an error ended."""
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))


UNREAD = (errno.EPIPE, errno.EIO)
"""What writing ends with when nobody reads it: a pipe whose reader has ended, a terminal that was closed."""


class ReaderGone(Exception):
    """Whoever read the output does not any more, such as ``head``."""


@contextmanager
def having_reader() -> Generator[None]:
    """Write within the block.

    Raises:
        ReaderGone: nobody reads it any more.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in UNREAD:
            raise
        raise ReaderGone from error


class Out:
    """One command's voice.

    Args:
        as_json: whether data is JSON, one object per line.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def data(self, fields: Mapping[str, Any], text: str) -> None:
        """One piece of data, as JSON or as people read it; seen at once, also through a pipe.

        What a device wrote is in it, so nothing of it is left for a terminal to obey.
        """
        self.line(_json(fields) if self.as_json else plain(text, keep_lines=True))

    def line(self, text: str) -> None:
        """A line, or several, of data as it stands.

        Raises:
            ReaderGone: nobody reads it any more.
        """
        with having_reader():
            print(text, flush=True)

    def rows(self, heads: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        """Pieces of data of one kind: a JSON line each, or a table.

        Args:
            heads: the fields that the table shows, in its order.
            rows: the data; fields that are not among ``heads`` are in the JSON only.
        """
        listed = list(rows)
        if self.as_json:
            for row in listed:
                self.data(row, "")
        else:
            self.line("\n".join(plain(line) for line in table(heads, listed)))

    def talk(self, text: str) -> None:
        """Something for people, which is not what they asked for."""
        print(plain(text, keep_lines=True), file=sys.stderr, flush=True)

    def failed(self, error: HarnessError) -> int:
        """Say what went wrong, and return the exit code.

        People read it on stderr; with ``--json`` a machine finds its parts on stdout, too.
        """
        code = exit_code(error)
        if self.as_json:
            self.data({"error": parts(error) | {"exit_code": code}}, "")
        self.talk(f"harness: {error}")
        return code


def _json(fields: Mapping[str, Any]) -> str:
    """An object on one line: in ASCII only where it holds what a terminal could obey."""
    said = json.dumps(fields, ensure_ascii=False)
    return said if plain(said) == said else json.dumps(fields)


def parts(error: HarnessError) -> dict[str, Any]:
    """An error's kind and all it carries, for JSON; fields without a value are left out."""
    fields = vars(error).items()
    # The library of the command line leaves marks of its own on what it lets through.
    kept = {name: value for name, value in fields if value not in (None, ()) and not name.startswith("_")}
    return {"kind": type(error).__name__} | kept


def table(heads: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines of a table with columns as wide as they need to be."""
    cells = [list(heads), *([_cell(row.get(head)) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _cell(value: object) -> str:
    return "-" if value in (None, "") else str(value)


def unexpected(error: Exception) -> int:
    """Say that something happened that the harness has no name for; returns the exit code."""
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exception(error)
    print(unexpected_line(error), file=sys.stderr)
    return DEVICE


def unexpected_line(error: Exception) -> str:
    """What people are told of something that the harness has no name for."""
    said = str(error).partition("\n")[0]
    return (
        f"harness: unexpected {type(error).__name__}: {said}. "
        f"Set {DEBUG_VARIABLE}=1 and run it again to see the traceback."
    )
