"""What the lines of a saved log look like: one row per form.

Sources: log-grammar.md §1.1 for Console, the classic log and os_trace; pymobiledevice3's and go-ios's own
output for theirs; ``man log`` on a Mac for ``log show``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.evidence.logfiles.times import Saved, of_iso
from harness.model.raw import LogRecord
from harness.wire.syslog import MONTHS


class LogForm(StrEnum):
    """A form in which logs are saved."""

    OS_TRACE = "os-trace"
    JSON = "json"
    CONSOLE = "console"
    LOG_SHOW = "log-show"
    COMPACT = "compact"
    PYMOBILEDEVICE3 = "pymobiledevice3"
    APPIUM = "appium"
    SYSLOG = "syslog"
    IDEVICESYSLOG = "idevicesyslog"


LEVELS: dict[str, str] = {
    "default": "notice",
    "df": "notice",
    "info": "info",
    "i": "info",
    "in": "info",
    "debug": "debug",
    "db": "debug",
    "error": "error",
    "e": "error",
    "er": "error",
    "fault": "fault",
    "f": "fault",
    "ft": "fault",
}
"""A tool's word for a level, in lower case -> the harness's. Console's are in the user's language."""


def level(word: str | None) -> str:
    """The harness's word for a level; ``notice`` for one in another language."""
    return LEVELS.get((word or "").lower(), "notice")


Build = Callable[[re.Match[str], Saved], LogRecord]


@dataclass(frozen=True)
class TextForm:
    """A form of text: how a record's first line begins, and what it says.

    Attributes:
        form: its name.
        head: matches the first line of a record from its start; later lines of the message do not match.
        build: the record, with the first line of its message.
        resolution_s: how far apart two times that it can tell are.
        ahead: what stands before every line of the log; other lines of the file are none. ``None``: nothing.
        finish: makes a whole record of one whose message has all its lines.
        is_escaped: whether bytes beyond ASCII are escaped as vis(3) does.
    """

    form: LogForm
    head: re.Pattern[str]
    build: Build
    resolution_s: float
    ahead: re.Pattern[str] | None = None
    finish: Callable[[LogRecord], LogRecord] | None = None
    is_escaped: bool = False


_DAY_AND_TIME = r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
_LABEL = r"(?:\[(?P<subsystem>[\w.-]*):(?P<category>[^\]\[<>\n]*)\] )?"
_LIBRARY = r"(?:\([^()\n]{1,120}\) )?"
_PROCESS = r"(?P<process>[^\[\](){}\t\n]{1,120}?)"


def _record(found: re.Match[str], at_s: float, message: str) -> LogRecord:
    told = found.groupdict()
    return LogRecord(
        phone_s=at_s,
        process=told["process"].strip(),
        pid=int(told.get("pid") or 0),
        level=level(told.get("level")),
        message=message,
        subsystem=told.get("subsystem") or "",
        category=told.get("category") or "",
    )


def _dated(found: re.Match[str], _saved: Saved) -> LogRecord:
    return _record(found, of_iso(found["at"]), found["message"])


_LABEL_AT_END = re.compile(r" (?:\[([\w.-]{0,120})\]\[([^\[\]\n]{0,120})\])?\Z")


def _with_label_at_end(record: LogRecord) -> LogRecord:
    """What ``--label`` adds to a message, taken off it: a label, or a lone space where there is none."""
    found = _LABEL_AT_END.search(record.message, max(0, len(record.message) - 300))
    if not found:
        return record
    message = record.message[: found.start()]
    return replace(record, message=message, subsystem=found[1] or "", category=found[2] or "")


def _classic(found: re.Match[str], saved: Saved) -> LogRecord:
    month = MONTHS.index(found["month"]) + 1
    at_s = saved.of_parts(month, int(found["day"]), found["clock"])
    return _record(found, at_s, found["message"])


def _console(found: re.Match[str], saved: Saved) -> LogRecord:
    # A library has a column of its own in some exports; no line that a row reads begins with a lone word.
    library, tab, rest = found["message"].partition("\t")
    message = rest if tab and _IS_LIBRARY.fullmatch(library) else found["message"]
    return _record(found, saved.of_clock(found["clock"], found["zone"]), message)


_IS_LIBRARY = re.compile(r"[\w.+-]{0,80}")


def _classic_head(host: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<month>{'|'.join(MONTHS)}) +(?P<day>\d{{1,2}}) (?P<clock>\d\d:\d\d:\d\d(?:\.\d{{1,6}})?) {host}"
        rf"{_PROCESS}(?:\([^()\n]{{0,120}}\))?\[(?P<pid>\d+)\] <(?P<level>\w+)>: (?P<message>.*)",
        re.DOTALL,
    )


_CLASSIC = _classic_head(r"[^ \[\]()<>\n]+ ")

TEXT_FORMS: tuple[TextForm, ...] = (
    TextForm(
        LogForm.PYMOBILEDEVICE3,
        re.compile(
            rf"{_DAY_AND_TIME}) {_PROCESS}\{{[^{{}}\n]*\}}\[(?P<pid>\d+)\] <(?P<level>\w+)>: (?P<message>.*)",
            re.DOTALL,
        ),
        _dated,
        1e-6,
        finish=_with_label_at_end,
    ),
    TextForm(
        LogForm.LOG_SHOW,
        re.compile(
            # After the time: thread, level, activity, pid, time to live.
            rf"{_DAY_AND_TIME}[+-]\d{{4}}) +0x[0-9a-f]+ +(?P<level>\w+) +0x[0-9a-f]+ +(?P<pid>\d+) +\d+ +"
            rf"{_PROCESS}: {_LIBRARY}{_LABEL}(?P<message>.*)",
            re.DOTALL,
        ),
        _dated,
        1e-6,
    ),
    TextForm(
        LogForm.COMPACT,
        re.compile(
            rf"{_DAY_AND_TIME}) +(?P<level>[A-Z][a-z]?) +{_PROCESS}\[(?P<pid>\d+)(?::[0-9a-f]+)?\] "
            rf"{_LIBRARY}{_LABEL}(?P<message>.*)",
            re.DOTALL,
        ),
        _dated,
        1e-3,
    ),
    TextForm(
        LogForm.CONSOLE,
        re.compile(
            r"(?:(?P<level>[^\t\n]{0,40})\t)?(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?(?P<zone>[+-]\d{4})\t"
            rf"{_PROCESS}(?:\[(?P<pid>\d+)\])?\t(?P<message>.*)",
            re.DOTALL,
        ),
        _console,
        1e-6,
    ),
    TextForm(
        LogForm.APPIUM,
        _CLASSIC,
        _classic,
        1.0,
        ahead=re.compile(r"[^\n]{0,120}?\[IOS_SYSLOG_ROW ?\] ?"),
        is_escaped=True,
    ),
    TextForm(LogForm.SYSLOG, _CLASSIC, _classic, 1.0, is_escaped=True),
    # Without the host. A line with one matches too, the host taken for part of a name, so this comes after.
    TextForm(LogForm.IDEVICESYSLOG, _classic_head(""), _classic, 1.0, is_escaped=True),
)
"""Every form of text; where two match the same lines the first is meant."""

NOT_OF_THE_LOG = re.compile(
    r"\[(?:dis)?connected(?::[^\]]*)?\]$|={3,}|Timestamp +(?:Thread|Ty)\b|Filtering the log data|"
    r"(?:Type|Typ|level)\t(?:Time|Zeit)\t|Exiting\.\.\.$"
)
"""Lines that a tool writes about itself."""
