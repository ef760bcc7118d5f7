"""The journal an app keeps of itself: one JSON object per line, appended and synced (docs/journal.md).

The journal is the app's own testimony. It outlives the process, and it is read from the app's
container without launching the app.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, cast

JOURNAL_PATH = "Documents/harness-journal.jsonl"
"""Where the journal is, relative to the app's container."""

COMMAND_PATH = "Documents/harness-command.json"
"""Where a command for the app is put, relative to its container."""

COMMAND_ARGUMENT = "--harness-command"
"""Launch argument whose next argument is a command."""

ACKNOWLEDGED = "acknowledged"
"""Event of the line with which an app says that it has done a command."""

NO_SUCH_COMMAND = "no such command"
"""How ``detail.error`` of an acknowledgement begins when the app does not know the word that it was told."""

UNTOLD = "untold"
"""``detail.reason`` of an error for which an app's own log has no place for who cancelled the task."""

COMMAND_NOTIFICATION_SUFFIX = ".harness.command"
"""Darwin notification that announces a command: bundle identifier + this suffix."""

LOG_SUBSYSTEM = "harness.journal"
"""``os_log`` subsystem under which the app repeats each journal line, publicly, as a mark."""

LOG_POINTS = "log points"
"""``os_log`` category, under the app's bundle identifier for a subsystem, of lines that it writes for people.

Only these are taken from what an app logs: an app may log thousands of others.
"""


@dataclass(frozen=True)
class JournalLine:
    """One line of the journal.

    Attributes:
        seq: counts up from 1 for as long as the file lives, across processes.
        boot: boot session identifier of the phone.
        pid: process identifier of the writer.
        mono_s: monotonic seconds since boot.
        wall_s: seconds since 1970 by the phone's wall clock.
        nonce: the run nonce the app was last told, or empty.
        event: a ``Callback`` value, or a word of the app's own.
        session: background session identifier, or empty.
        task: ``taskDescription`` of the URLSession task, or empty.
        state: UIKit application state: ``active``, ``inactive``, ``background``.
        thread: ``main`` or ``other``.
        build: the app's build.
        traced: whether the process was being debugged (``P_TRACED``) when it wrote.
        detail: more, by event: acknowledged command ``id``, error code and domain, delegate id.
    """

    seq: int
    boot: str
    pid: int
    mono_s: float
    wall_s: float
    nonce: str
    event: str
    session: str = ""
    task: str = ""
    state: str = ""
    thread: str = "main"
    build: str = ""
    traced: bool = False
    detail: dict[str, Any] | None = None

    def to_json(self) -> str:
        """The line as it stands in the file, without the newline."""
        fields = {name: value for name, value in vars(self).items() if value not in ("", None)}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def parse_journal_line(text: str) -> JournalLine:
    """Read one line of a journal.

    Raises:
        ValueError: the line is not a JSON object with the fields of the contract.
    """
    parsed: Any = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError(f"a journal line is a JSON object, not {text[:40]!r}")
    fields = cast("dict[str, Any]", parsed)
    known: dict[str, Any] = {
        name: fields[name] for name in JournalLine.__dataclass_fields__ if name in fields
    }
    # An empty text is left out when a line is written, the nonce's too.
    known.setdefault("nonce", "")
    try:
        line = JournalLine(**known)
    except TypeError as error:
        raise ValueError(f"journal line lacks a field of the contract: {error}") from error
    _check(known)
    return line


_KINDS: dict[str, type | tuple[type, ...]] = {
    "seq": int,
    "pid": int,
    "mono_s": (int, float),
    "wall_s": (int, float),
    "traced": bool,
    "detail": (dict, type(None)),
}
"""Field -> what it is; every other one is a text."""


def _check(fields: dict[str, Any]) -> None:
    """An app may write anything.

    Raises:
        ValueError: a field holds what the contract does not allow there.
    """
    for name, value in fields.items():
        kind = _KINDS.get(name, str)
        is_bool = isinstance(value, bool) and kind is not bool
        if is_bool or not isinstance(value, kind) or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(f"journal line has {value!r:.40} for its {name}")
