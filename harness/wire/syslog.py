r"""The classic log as syslog_relay sends it, both directions.

A line is ``Mon _D HH:MM:SS host process[(Library)][pid] <Level>: message``, with a newline and a NUL after
each; the message may span lines, and there is no year. A NUL before the first is read over: records of phones
have it, and a client's test against phones of today has none. Bytes beyond ASCII are
escaped as vis(3) does, ``…`` as ``\M-b\M^@\M-&``; a backslash is not, so that one written by the process
itself cannot be told from an escape. Source: log-grammar.md §1.1; that test is the one of syslog_relay in
pymobiledevice3's own suite.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import WireError

LINE_END = b"\n\0"
STREAM_START = b"\0"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from the locale of the host."""

MOST_LINE_BYTES = 1 << 20
"""A line without its end beyond this is none."""


@dataclass(frozen=True)
class SyslogLine:
    """One line.

    Attributes:
        month: 1 to 12; there is no year.
        day: of the month.
        time: ``HH:MM:SS``.
        host: the phone's name on the network, which has no space.
        process: who logged it.
        library: the image that did, where it is not the process itself; else empty.
        pid: process identifier.
        level: such as ``Notice`` or ``Error``.
        message: the text.
    """

    month: int
    day: int
    time: str
    host: str
    process: str
    library: str
    pid: int
    level: str
    message: str

    def encode(self) -> bytes:
        """The line's bytes with its end; a NUL in it is left out."""
        library = f"({self.library})" if self.library else ""
        stamp = f"{MONTHS[self.month - 1]} {self.day:2d} {self.time}"
        text = f"{stamp} {self.host} {self.process}{library}[{self.pid}] <{self.level}>: {self.message}"
        return escape(text.replace("\0", "").encode()) + LINE_END


# Every part ends at the first byte that cannot be in it, so that a line is read once whatever stands in it.
_LINE = re.compile(
    rf"({'|'.join(MONTHS)}) ([ 0-9][0-9]) ([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}) ([^ ]*) "
    r"([^\[\]()]+)(?:\(([^()]*)\))?\[([0-9]{1,10})\] <(\w+)>: (.*)",
    re.DOTALL,
)


def parse_line(data: bytes) -> SyslogLine:
    """Read a line, without its end.

    Raises:
        WireError: it is none.
    """
    text = unescape(data).decode(errors="replace")
    found = _LINE.fullmatch(text)
    if found is None:
        raise WireError("no line of the classic log", data=data)
    month, day, time, host, process, library, pid, level, message = found.groups()
    return SyslogLine(
        MONTHS.index(month) + 1, int(day), time, host, process, library or "", int(pid), level, message
    )


class SyslogDecoder:
    """Cuts what a phone sends into lines."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now, for ``parse_line``.

        Raises:
            WireError: what is held has no end within ``MOST_LINE_BYTES``.
        """
        *lines, self._held = (self._held + data).split(LINE_END)
        if len(self._held) > MOST_LINE_BYTES:
            raise WireError("a line of the classic log without an end", data=self._held[:64])
        return [line.lstrip(STREAM_START) for line in lines]


def escape(data: bytes) -> bytes:
    r"""Bytes beyond ASCII as ``\M-x`` and ``\M^x``; the rest stays."""
    return b"".join(_ESCAPES.get(byte) or bytes([byte]) for byte in data)


def unescape(data: bytes) -> bytes:
    """The bytes that ``escape`` was given, if no escape stood in them already."""
    return _ESCAPE.sub(_unescaped, data)


def _escape_byte(byte: int) -> bytes:
    low = byte & 0x7F
    if low < 0x20 or low == 0x7F:
        return b"\\M^" + bytes([low ^ 0x40])
    return b"\\M-" + bytes([low])


_ESCAPES = {byte: _escape_byte(byte) for byte in range(0x80, 0x100)}
_BYTES = {escaped: bytes([byte]) for byte, escaped in _ESCAPES.items()}
_ESCAPE = re.compile(rb"\\M(?:-[ -~]|\^[?-_])")


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _BYTES[match[0]]
