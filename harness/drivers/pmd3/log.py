"""The live log of one phone, over os_trace_relay."""

from __future__ import annotations

import asyncio
import plistlib
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.logrecords import LogDecoder
from harness.errors import DeviceLost, EvidenceError, WireError
from harness.model.raw import LogBatch, LogLoss, LogRecord

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.service_connection import ServiceConnection
    from pymobiledevice3.services.os_trace import OsTraceService

CHUNK_BYTES = 64 * 1024
START_S = 20.0


class Pmd3LogStream:
    """Records of the live log; implements ``model.capabilities.LogStream``.

    Args:
        phone: the phone's name.
        connection: the open service, its stream already confirmed.
        activity: touched for each read.
        wanted: whether records of a (process, subsystem) are wanted; ``None`` for all.
    """

    def __init__(
        self,
        phone: str,
        connection: ServiceConnection,
        activity: Activity,
        wanted: Callable[[str, str], bool] | None = None,
    ) -> None:
        self._phone = phone
        self._wanted = wanted
        # The connection and not the service: once closed, a service connects again when it is read.
        self._connection = connection
        self._activity = activity
        self._decoder = LogDecoder()

    def __aiter__(self) -> AsyncIterator[LogBatch]:
        """What each read brought, in order; ends when the connection is gone or the stream closed.

        Raises:
            EvidenceError: bytes that are no log record; nothing after them can be read.
        """
        return self._batches()

    async def close(self) -> None:
        """Close the connection."""
        async with Guard(self._phone, "closing the log", START_S):
            await self._connection.close()

    async def _batches(self) -> AsyncIterator[LogBatch]:
        newest_s = 0.0
        while chunk := await self._read():
            host_s = time.monotonic()
            records = self._decode(chunk)
            newest_s = max([newest_s, *(record.phone_s for record in records)])
            items = tuple(record for record in records if self._is_wanted(record))
            self._activity.touch()
            yield LogBatch(host_s, chunk, items, newest_s, len(records))

    def _is_wanted(self, record: LogRecord | LogLoss) -> bool:
        if self._wanted is None or isinstance(record, LogLoss):
            return True
        return self._wanted(record.process, record.subsystem)

    async def _read(self) -> bytes:
        from pymobiledevice3.exceptions import ConnectionTerminatedError

        try:
            return await self._connection.recv_any(CHUNK_BYTES)
        except (ConnectionTerminatedError, OSError):
            return b""

    def _decode(self, chunk: bytes) -> list[LogRecord | LogLoss]:
        try:
            return self._decoder.feed(chunk)
        except WireError as error:
            raise EvidenceError(
                f"the log cannot be read any further: {error}",
                phone=self._phone,
                fix="Start the log again; restart the phone if it stays so.",
            ) from error


async def start_log(
    provider: LockdownServiceProvider,
    phone: str,
    activity: Activity,
    wanted: Callable[[str, str], bool] | None = None,
) -> Pmd3LogStream:
    """Start the live log; returns once the phone confirmed that it is live.

    Raises:
        EvidenceError: the phone refused.
    """
    from pymobiledevice3.services import os_trace

    service = os_trace.OsTraceService(provider)
    await service.connect()
    try:
        connection = _bound(service, phone)
        await connection.send_plist(
            {
                "Request": "StartActivity",
                "MessageFilter": os_trace.OS_TRACE_RELAY_MESSAGE_FILTER_ALL,
                "Pid": -1,
                "StreamFlags": int(os_trace.OS_TRACE_RELAY_STREAM_FLAGS_DEFAULT),
            }
        )
        reply = await _read_reply(connection)
        if reply.get("Status") != "RequestSuccessful":
            raise EvidenceError(
                f"the phone refused its live log: {reply.get('Status')}",
                phone=phone,
                fix="Restart the phone.",
            )
    except BaseException:
        await asyncio.shield(service.close())
        raise
    return Pmd3LogStream(phone, connection, activity, wanted)


def _bound(service: OsTraceService, phone: str) -> ServiceConnection:
    from pymobiledevice3.service_connection import ServiceConnection

    connection = service.service
    if not isinstance(connection, ServiceConnection):
        raise DeviceLost(
            "the log's connection closed while it was opened", phone=phone, fix="Check the cable."
        )
    return connection


async def _read_reply(connection: ServiceConnection) -> dict[str, Any]:
    """The reply comes as: size of the size, size, property list; both sizes little-endian."""
    size_of_size = int.from_bytes(await connection.recvall(4), "little")
    size_bytes = int.from_bytes(await connection.recvall(size_of_size), "little")
    return plistlib.loads(await connection.recvall(size_bytes))
