"""A table that is shown again when it changes, until Ctrl-C.

On a terminal it is drawn in place, and at least once a second, since it tells how long things last. Anywhere
else, such as in a file or a pipe, each change adds a whole table; with ``--json`` a line for each row that
changed or went.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.cli.out import Out, table
from harness.expect.plain import plain

EVERY_S = 1.0
"""Wall time between two looks."""

Row = Mapping[str, Any]

VOLATILE = ("for", "checked_s")
"""Fields that change by themselves; a change of only these adds no table."""

COLOURS = {
    "free": "green",
    "leased": "cyan",
    "dirty": "yellow",
    "quarantined": "red",
    "offline": "dim",
    "away": "dim",
}
"""State -> how a terminal shows its row."""


def watch(
    look: Callable[[], Sequence[Row]], heads: Callable[[Sequence[Row]], Sequence[str]], out: Out
) -> None:
    """Show rows until Ctrl-C, which ends it as ``KeyboardInterrupt``.

    Args:
        look: gives the rows as they are now.
        heads: the columns for some rows.
        out: the command's voice.

    Raises:
        HarnessError: as ``look`` does.
    """
    if not out.as_json and sys.stdout.isatty():
        _draw(look, heads)
    elif out.as_json:
        _tell_changes(look, out)
    else:
        _tell_tables(look, heads, out)


def _pauses() -> Callable[[], bool]:
    """What waits for the next look; Ctrl-C ends it at once."""
    never = threading.Event()
    return lambda: never.wait(EVERY_S)


def _draw(look: Callable[[], Sequence[Row]], heads: Callable[[Sequence[Row]], Sequence[str]]) -> None:
    from rich.console import Console
    from rich.live import Live

    pause = _pauses()
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            rows = look()
            live.update(_drawn(heads(rows), rows), refresh=True)
            pause()


def _drawn(heads: Sequence[str], rows: Sequence[Row]) -> Any:
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        drawn.add_column(head, overflow="fold")
    for row in rows:
        style = COLOURS.get(str(row.get("state")), "")
        # Text and not markup: a phone's name may hold what markup would obey.
        drawn.add_row(*(Text(plain(_cell(row.get(head))), style=style) for head in heads))
    return drawn


def _cell(value: object) -> str:
    return "-" if value in (None, "") else str(value)


def _tell_tables(
    look: Callable[[], Sequence[Row]], heads: Callable[[Sequence[Row]], Sequence[str]], out: Out
) -> None:
    pause, before = _pauses(), None
    while True:
        rows = look()
        if (now := _lasting(rows)) != before:
            out.line("\n".join(plain(line) for line in [*table(heads(rows), rows), ""]))
            before = now
        pause()


def _tell_changes(look: Callable[[], Sequence[Row]], out: Out) -> None:
    pause = _pauses()
    before: dict[object, Row] = {}
    while True:
        now = {_key(row): row for row in look()}
        for key, row in now.items():
            if key not in before or _lasting([row]) != _lasting([before[key]]):
                out.data(row, "")
        for key in before.keys() - now.keys():
            out.data({"name": before[key].get("name"), "udid": before[key].get("udid"), "state": "gone"}, "")
        before = now
        pause()


def _key(row: Row) -> object:
    return row.get("udid") or row.get("name")


def _lasting(rows: Sequence[Row]) -> list[Row]:
    """Rows without what changes by itself."""
    return [{name: value for name, value in row.items() if name not in VOLATILE} for row in rows]
