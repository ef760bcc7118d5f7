"""os_trace_relay: the live log, the list of processes, and what is kept of the log.

Source: log-grammar.md §1.1 and §3. What ``StreamFlags`` and ``MessageFilter`` gate is documented by go-ios,
whose author swept every bit on iOS 18.7.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.log_archive import ArchiveLimits, log_archive
from harness.virtual.services.support.log_records import loss_before, record_of
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.ostrace import (
    OsTraceArchive,
    encode_pid_list,
    encode_record,
    encode_reply,
)

MOST_UNSENT_BYTES = 8 * 1024 * 1024
"""A client that lets more pile up loses records, and is told so (§3.3, "Stream can drop"); size guessed."""

AT_ONCE = 16
"""Records of one turn of the loop that are written one by one; those after them go out together."""

FLOOD_S = 0.1
"""Wall seconds after a turn with more than that in which all records of a turn go out together."""

ARCHIVE_PIECE_BYTES = 64 * 1024
"""Bytes of an archive in one frame; guessed."""

WITH_INFO_AND_DEBUG = 0x20
"""``StreamFlags`` bit without which records of these two levels are not sent. Source: go-ios."""

LOG_MESSAGES = 0x04
"""``MessageFilter`` bit without which no log message is sent. Source: go-ios."""

EVERYTHING = 0xFFFF
"""What a client that names no filter and no flags gets; guessed."""

MOST_NUMBER = 2**63 - 1
"""A larger number, which a property list can spell, is taken for none."""

ON_REQUEST = frozenset({"info", "debug"})

Request = dict[str, Any]
Handler = Callable[[VirtualPhone, Stream, Request], Awaitable[bool]]
"""Answers one request; whether the connection goes on to another."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client: any number of lists, then at most one stream or archive."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            handler = MESSAGES.get(str(request.get("Request")), _unknown)
            if not await handler(phone, stream, request):
                return
            await stream.drain()
    except (StreamClosed, WireError):
        return


async def _unknown(_phone: VirtualPhone, stream: Stream, _request: Request) -> bool:
    stream.write(encode_reply({"Status": "RequestFailed"}))
    return True


async def _pid_list(phone: VirtualPhone, stream: Stream, _request: Request) -> bool:
    names = {process.pid: process.name for process in phone.running_processes()}
    stream.write(encode_pid_list(names))
    return True


async def _create_archive(phone: VirtualPhone, stream: Stream, request: Request) -> bool:
    limits = ArchiveLimits(
        size_bytes=_number(request, "SizeLimit", None),
        age_days=_number(request, "AgeLimit", None),
        start_s=_number(request, "StartTime", None),
    )
    with phone.clock.hold():
        archive = log_archive(phone, limits)
    stream.write(encode_reply({"Status": "RequestSuccessful"}))
    for at in range(0, len(archive), ARCHIVE_PIECE_BYTES):
        stream.write(OsTraceArchive(archive[at : at + ARCHIVE_PIECE_BYTES]).encode())
        await stream.drain()
    return False


async def _start_activity(phone: VirtualPhone, stream: Stream, request: Request) -> bool:
    pid = _number(request, "Pid", -1)
    flags = _number(request, "StreamFlags", EVERYTHING)
    # Subscribed before the answer leaves: what happens after the client has read it is in the stream.
    relay = LogRelay(phone, stream, verbose=bool((flags or 0) & WITH_INFO_AND_DEBUG))
    wanted = (_number(request, "MessageFilter", EVERYTHING) or 0) & LOG_MESSAGES
    one = None if pid is None or pid < 0 else pid
    lines = phone.service_faults.log
    subscription = lines.subscribe(relay.tell, relay.lose, pid=one) if wanted else Subscription(lambda: None)
    try:
        stream.write(encode_reply({"Status": "RequestSuccessful"}))
        await stream.drain()
        while await stream.read():
            # Nothing the client may say changes a running stream.
            pass
    finally:
        subscription.close()
    return False


def _number(request: Request, key: str, default: int | None) -> int | None:
    value = request.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_NUMBER:
        return default
    return value


MESSAGES: Mapping[str, Handler] = {
    "PidList": _pid_list,
    "StartActivity": _start_activity,
    "CreateArchive": _create_archive,
}
"""Request -> what answers it."""


class LogRelay:
    """Writes log lines to one client, and says where it had to drop some.

    Lines leave in the turn of the loop in which they were logged. The first few of a turn are written one
    by one, so that they are out before anybody else is told of that moment; a flood is written in one
    piece at the end of each turn, since a write through TLS costs more than what it writes.

    Args:
        phone: the kernel.
        stream: the connection.
        verbose: whether the client asked for info and debug records.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, *, verbose: bool = True) -> None:
        self._phone = phone
        self._stream = stream
        self._verbose = verbose
        self._lost = 0
        self._in_turn = False
        self._of_turn = 0
        self._at_once = AT_ONCE
        self._flood_until_s = 0.0
        self._waiting: list[bytes] = []
        self._unsent_bytes = 0
        self._loop = asyncio.get_running_loop()

    def tell(self, event: LogEvent) -> None:
        """Send one line, or count it as lost when the client does not keep up."""
        if not self._verbose and event.level in ON_REQUEST:
            return
        if not self._in_turn:
            self._turn_begins()
        if self._unsent_bytes > MOST_UNSENT_BYTES:
            self._lost += 1
            return
        if self._lost:
            loss = loss_before(event, self._lost)
            self._lost = 0
            self._send(loss.encode())
        self._send(encode_record(record_of(self._phone, event)))

    def lose(self, count: int) -> None:
        """Say before the next line that some were lost."""
        self._lost += count

    def _send(self, frame: bytes) -> None:
        self._of_turn += 1
        self._unsent_bytes += len(frame)
        if self._of_turn <= self._at_once:
            self._stream.write(frame)
        else:
            self._waiting.append(frame)

    def _turn_begins(self) -> None:
        # Asked once: within a turn hardly anything leaves.
        self._in_turn = True
        self._unsent_bytes = self._stream.unsent_bytes
        self._at_once = 0 if self._loop.time() < self._flood_until_s else AT_ONCE
        self._loop.call_soon(self._turn_over)

    def _turn_over(self) -> None:
        if self._of_turn > AT_ONCE:
            self._flood_until_s = self._loop.time() + FLOOD_S
        self._in_turn = False
        self._of_turn = 0
        if self._waiting:
            frames = b"".join(self._waiting)
            self._waiting.clear()
            self._stream.write(frames)
