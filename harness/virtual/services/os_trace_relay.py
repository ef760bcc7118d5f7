"""os_trace_relay: the live log, and the list of processes. Source: log-grammar.md §1.1 and §3."""

from __future__ import annotations

from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.states import MACH_TICKS_PER_S
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.ostrace import (
    OsTraceLevel,
    OsTraceLoss,
    OsTraceRecord,
    encode_pid_list,
    encode_record,
    encode_reply,
)

MOST_UNSENT_BYTES = 8 * 1024 * 1024
"""A client that lets more pile up loses records, and is told so (§3.3, "Stream can drop")."""

LEVELS: dict[str, int] = {
    "notice": OsTraceLevel.NOTICE,
    "info": OsTraceLevel.INFO,
    "debug": OsTraceLevel.DEBUG,
    "error": OsTraceLevel.ERROR,
    "fault": OsTraceLevel.FAULT,
}
"""Word of the kernel -> level byte."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client: any number of lists, then at most one stream."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            match request.get("Request"):
                case "PidList":
                    stream.write(encode_pid_list(_names(phone)))
                case "StartActivity":
                    await _stream(phone, stream, request)
                    return
                case _:
                    stream.write(encode_reply({"Status": "RequestFailed"}))
            await stream.drain()
    except (StreamClosed, WireError):
        return


def _names(phone: VirtualPhone) -> dict[int, str]:
    return {process.pid: process.name for process in phone.running_processes()}


async def _stream(phone: VirtualPhone, stream: Stream, request: dict[str, Any]) -> None:
    wanted = request.get("Pid")
    pid = wanted if isinstance(wanted, int) else -1
    # Subscribed before the answer leaves: what happens after the client has read it is in the stream.
    relay = LogRelay(phone, stream)
    subscription = phone.log.subscribe(relay.tell, pid=None if pid < 0 else pid)
    try:
        stream.write(encode_reply({"Status": "RequestSuccessful"}))
        await stream.drain()
        while await stream.read():
            # Nothing the client may say changes a running stream.
            pass
    finally:
        subscription.close()


class LogRelay:
    """Writes log lines to one client, and says where it had to drop some."""

    def __init__(self, phone: VirtualPhone, stream: Stream) -> None:
        self._phone = phone
        self._stream = stream
        self._lost = 0

    def tell(self, event: LogEvent) -> None:
        """Send one line, or count it as lost when the client does not keep up."""
        if self._stream.unsent_bytes > MOST_UNSENT_BYTES:
            self._lost += 1
            return
        if self._lost:
            loss = OsTraceLoss(_micros(event), self._lost, _mach(event))
            self._stream.write(loss.encode())
            self._lost = 0
        self._stream.write(encode_record(self._record(event)))

    def _record(self, event: LogEvent) -> OsTraceRecord:
        process = self._phone.processes.get(event.pid)
        path = process.path if process is not None else event.process
        return OsTraceRecord(
            at_us=_micros(event),
            pid=event.pid,
            process_path=path,
            message=event.message,
            level=LEVELS.get(event.level, OsTraceLevel.NOTICE),
            image_path=path if event.image in ("", event.process) else event.image,
            subsystem=event.subsystem,
            category=event.category,
            mach=_mach(event),
            thread_id=event.thread_id,
            unique_pid=event.pid,
        )


def _micros(event: LogEvent) -> int:
    return round(event.wall_s * 1_000_000)


def _mach(event: LogEvent) -> int:
    return int(event.mono_s * MACH_TICKS_PER_S)
