"""What an app logs by itself, read by patterns: the testimony of an app that keeps no journal.

It is the app speaking, through the phone's log, so what it says counts as a mark does. But such lines have no
numbers of their own: they are counted as they come, and one that the phone dropped leaves no hole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.evidence.watched import LinePattern, WatchedApp
from harness.model.facts import CallbackSeen, Source
from harness.model.journal import ACKNOWLEDGED, UNTOLD
from harness.model.raw import LogRecord
from harness.model.time import written

HIDDEN = ("<private>", "<mask.hash")
"""What a phone logs in the place of a value that the app did not make public. Source: log-grammar.md §1.1."""

NO_ERROR = frozenset({"", "0", "nil", "none", "null", "(null)", "<null>"})
"""What a line says of an error where there is none, in lower case."""

NAMED = ("session", "task", "thread")
"""Groups with a place of their own in a fact; all others go into its ``detail``."""


class OwnLines:
    """Lines of an app's own, as facts.

    Args:
        app: the app under test.
    """

    def __init__(self, app: WatchedApp) -> None:
        self._app = app
        self._process = app.own_process or app.executable
        self._patterns = [(one, re.compile(one.pattern)) for one in app.patterns]
        self._count = 0

    def wants(self, process: str, subsystem: str) -> bool:
        """Whether a process's lines in an ``os_log`` subsystem may be the app's own."""
        of_subsystem = self._app.own_subsystem in ("", subsystem)
        return bool(self._patterns) and process == self._process and of_subsystem

    def read(self, record: LogRecord) -> list[CallbackSeen]:
        """What a line says: one fact per callback that any of its patterns is found in, or nothing.

        A line whose error the phone hides says nothing: whether the task ended well cannot be told from it.
        """
        is_own = self.wants(record.process, record.subsystem)
        if not is_own or self._app.own_category not in ("", record.category):
            return []
        told: dict[tuple[str, str], tuple[LinePattern, Mapping[str, str]]] = {}
        for pattern, found in self._found_in(record.message):
            told.setdefault((pattern.name, pattern.word), (pattern, found))
        return [
            self._fact(record, pattern, {name: _shown(value) for name, value in found.items()})
            for pattern, found in told.values()
            if pattern.name == ACKNOWLEDGED or not _is_hidden(found.get("error", ""))
        ]

    def _found_in(self, message: str) -> Iterator[tuple[LinePattern, Mapping[str, str]]]:
        for pattern, expression in self._patterns:
            found = expression.search(message)
            if found:
                yield pattern, found.groupdict("")

    def _fact(self, record: LogRecord, pattern: LinePattern, found: Mapping[str, str]) -> CallbackSeen:
        self._count += 1
        is_answer = pattern.name == ACKNOWLEDGED
        thread = found.get("thread", "")
        return CallbackSeen(
            at=written(record.phone_s),
            source=Source.LOG_MARK,
            bundle_id=self._app.bundle_id,
            pid=record.pid,
            name=pattern.name,
            seq=self._count,
            session=found.get("session", ""),
            task=found.get("task", ""),
            thread=_thread(thread) if thread else "",
            detail={"do": pattern.word} | _answer(found) if is_answer else _error(found),
        )


def _shown(value: str) -> str:
    """A value as the phone shows it; empty where it hides it, or a part of it."""
    return "" if _is_hidden(value) else value


def _is_hidden(value: str) -> bool:
    return any(mark in value for mark in HIDDEN)


def _thread(told: str) -> str:
    return "main" if told == "1" or "main" in told.lower() else "other"


def _error(found: Mapping[str, str]) -> dict[str, Any]:
    told = found.get("error", "").strip()
    if told.lower() in NO_ERROR:
        return {}
    return {"code": _value(told), "reason": _value(found.get("reason", "") or UNTOLD)}


def _answer(found: Mapping[str, str]) -> dict[str, Any]:
    """What an app answers: each group by its name, as JSON where it is JSON."""
    return {name: _value(value) for name, value in found.items() if name not in NAMED and value}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
