"""syslog_relay: the live log as lines of text, for clients of before os_trace_relay.

Source: log-grammar.md §1.1: ``Mon _D HH:MM:SS host proc[(Library)][pid] <Level>: message``, a newline
and a NUL after each, a NUL before the first, and bytes beyond ASCII escaped as vis(3) does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from posixpath import basename

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed

MOST_UNSENT_BYTES = 8 * 1024 * 1024
"""A client that lets more pile up loses lines; this service has no way to tell it."""

LEVELS = {"notice": "Notice", "info": "Info", "debug": "Debug", "error": "Error", "fault": "Critical"}
"""Word of the kernel -> word of the line."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not from the locale of the host."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    host = phone.spec.name

    def tell(event: LogEvent) -> None:
        if stream.unsent_bytes <= MOST_UNSENT_BYTES:
            stream.write(line_of(event, host))

    subscription = phone.service_faults.log.subscribe(tell)
    try:
        stream.write(b"\0")
        while await stream.read():
            # A client has nothing to say here.
            pass
    except StreamClosed:
        return
    finally:
        subscription.close()


def line_of(event: LogEvent, host: str) -> bytes:
    """One line with its newline and NUL; the phone is in UTC."""
    at = datetime.fromtimestamp(event.wall_s, UTC)
    stamp = f"{MONTHS[at.month - 1]} {at.day:2d} {at:%H:%M:%S}"
    image = basename(event.image)
    library = f"({image})" if image not in ("", event.process) else ""
    level = LEVELS.get(event.level, "Notice")
    text = f"{stamp} {host} {event.process}{library}[{event.pid}] <{level}>: {event.message}"
    return escape(text.replace("\0", "").encode()) + b"\n\0"


def escape(data: bytes) -> bytes:
    """Bytes beyond ASCII as ``\\M-x`` and ``\\M^x``; the rest stays."""
    return b"".join(_ESCAPES.get(byte) or bytes([byte]) for byte in data)


def _escape_byte(byte: int) -> bytes:
    low = byte & 0x7F
    if low < 0x20 or low == 0x7F:
        return b"\\M^" + bytes([low ^ 0x40])
    return b"\\M-" + bytes([low])


_ESCAPES = {byte: _escape_byte(byte) for byte in range(0x80, 0x100)}
