"""syslog_relay: the live log as lines of text, for clients of before os_trace_relay.

A virtual phone is quiet where a real one never is, so what a client gets to see first is what its own coming
made the relay say. Source of that line: logs that people fetched with idevicesyslog from phones of before
iOS 10; that later ones say it too is guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from posixpath import basename

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.syslog import SyslogLine

MOST_UNSENT_BYTES = 8 * 1024 * 1024
"""A client that lets more pile up loses lines; this service has no way to tell it."""

LEVELS = {"notice": "Notice", "info": "Info", "debug": "Debug", "error": "Error", "fault": "Critical"}
"""Word of the kernel -> word of the line."""

RELAY = "syslog_relay"
RELAY_STARTED = "syslog_relay found the ASL prompt. Starting..."
"""What the relay itself logs when a client has come."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    # A host name has no blanks; a phone makes hyphens of them.
    host = phone.preferences.device_name.replace(" ", "-")

    def tell(event: LogEvent) -> None:
        if stream.unsent_bytes <= MOST_UNSENT_BYTES:
            stream.write(line_of(event, host))

    subscription = phone.service_faults.log.subscribe(tell)
    try:
        # A process of its own for each client; it is in no list of processes that a client gets to see.
        phone.log.emit(RELAY, phone.processes.next_pid(), RELAY_STARTED)
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
    image = basename(event.image)
    return SyslogLine(
        at.month,
        at.day,
        f"{at:%H:%M:%S}",
        host,
        event.process,
        image if image != event.process else "",
        event.pid,
        LEVELS.get(event.level, "Notice"),
        event.message,
    ).encode()
