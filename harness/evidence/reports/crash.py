"""The report of one process: JSON since iOS 15, text before. Source: background-execution.md §3.4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import EvidenceError
from harness.evidence.reports.envelope import Envelope
from harness.evidence.reports.termination import (
    MOST_WORDS,
    NOT_TOLD,
    Termination,
    from_context,
    from_json,
)
from harness.evidence.reports.values import instant_of, number_of, object_of, read_object, text_of
from harness.model.time import Instant

SIGNALS: dict[str, int] = {
    "SIGQUIT": 3,
    "SIGILL": 4,
    "SIGTRAP": 5,
    "SIGABRT": 6,
    "SIGEMT": 7,
    "SIGFPE": 8,
    "SIGKILL": 9,
    "SIGBUS": 10,
    "SIGSEGV": 11,
    "SIGSYS": 12,
    "SIGPIPE": 13,
    "SIGTERM": 15,
    "SIGXCPU": 24,
}
"""Darwin's names and numbers of the signals that end a process with a report."""


@dataclass(frozen=True)
class CrashReport:
    """The report of one process.

    Attributes:
        process: its executable's name.
        bundle_id: its bundle identifier, or empty.
        pid: process identifier; 0 where it is not told.
        at: when the report was taken, which is at the end of the process; ``None`` where it is not told.
        signal: number of the signal, or 0.
        termination: why it was ended.
        said: what the process or its runtime said last, such as an exception's reason; or empty.
    """

    process: str
    bundle_id: str
    pid: int
    at: Instant | None
    signal: int
    termination: Termination
    said: str = ""

    @property
    def explanation(self) -> str:
        """Why it ended, in words: the asker's where it was asked for, else what the process said last."""
        asked_for = self.termination.namespace not in ("", "SIGNAL")
        first, second = self.termination.explanation, self.said
        return first or second if asked_for else second or first


def read_json_crash(envelope: Envelope) -> CrashReport:
    """A report with a JSON body (bug type 309).

    Raises:
        EvidenceError: the body is no JSON object, such as one that was cut off.
    """
    body = read_object(envelope.body, f"the body of {envelope.name}")
    # From iOS 17 on an uncaught exception's own words are in the report; seen in published reports only.
    exception = object_of(body, "exceptionReason")
    return CrashReport(
        process=text_of(body, "procName") or envelope.process,
        bundle_id=text_of(object_of(body, "bundleInfo"), "CFBundleIdentifier") or envelope.bundle_id,
        pid=number_of(body, "pid"),
        at=instant_of(text_of(body, "captureTime")) or envelope.at,
        signal=SIGNALS.get(text_of(object_of(body, "exception"), "signal"), 0),
        termination=from_json(object_of(body, "termination")),
        said=text_of(exception, "composed_message")[:MOST_WORDS],
    )


PROCESS = re.compile(r"(?P<name>.*\S)\s+\[(?P<pid>\d{1,9})\]$")
REASON = re.compile(
    r"(?:Namespace )?(?P<namespace>[A-Za-z_]+),? +(?:Code )?(?P<code>0x[0-9A-Fa-f]{1,16}|\d{1,19})\b"
    r" *(?P<words>.*)"
)
"""``Namespace SPRINGBOARD, Code 0x8badf00d``, later ``FRONTBOARD 2343432205`` (log-grammar.md §1.5)."""

SIGNAL = re.compile(r"\((?P<name>SIG[A-Z]+)\)")

THREADS = "\nThread "
"""Where the rows end, all of which stand above the first thread."""

SPECIFIC = "Application Specific Information"
"""Above what the process said last, which goes on until an empty line."""


def read_text_crash(envelope: Envelope) -> CrashReport:
    """A report with a text body (bug type 109).

    Raises:
        EvidenceError: it names no process, or was cut off before its threads begin. A number that is
            cut in two is another number, so what has no end is not believed.
    """
    if THREADS not in envelope.body:
        raise EvidenceError(f"the body of {envelope.name} is cut off")
    rows = _rows(envelope.body)
    process = PROCESS.match(rows.get("Process", ""))
    if process is None:
        raise EvidenceError(f"the body of {envelope.name} names no process")
    signal = SIGNAL.search(rows.get("Exception Type", ""))
    return CrashReport(
        process=process["name"],
        bundle_id=rows.get("Identifier", "") or envelope.bundle_id,
        pid=int(process["pid"]),
        at=instant_of(rows.get("Date/Time", "")) or envelope.at,
        signal=SIGNALS.get(signal["name"], 0) if signal else 0,
        termination=_termination(rows),
        said=_said(envelope.body),
    )


def _rows(body: str) -> dict[str, str]:
    """The rows of ``Name: value``; the first of a name counts, for those of threads come later."""
    rows: dict[str, str] = {}
    for line in body.splitlines():
        name, colon, value = line.partition(":")
        if colon and name not in rows:
            rows[name] = value.strip()
    return rows


def _termination(rows: dict[str, str]) -> Termination:
    reason = REASON.match(rows.get("Termination Reason", ""))
    if reason is None:
        return NOT_TOLD
    said = rows.get("Termination Description", "").replace(" | ", "\n")
    return from_context(reason["namespace"], int(reason["code"], 0), said, reason["words"])


def _said(body: str) -> str:
    _, found, rest = body.partition(f"\n{SPECIFIC}:")
    return rest.strip("\n").partition("\n\n")[0].strip()[:MOST_WORDS] if found else ""
