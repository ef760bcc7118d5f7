"""The live log of one phone, over os_trace_relay."""

from __future__ import annotations

import plistlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.closing import close_within, closed_on_failure
from harness.errors import DeviceLost, EvidenceError
from harness.model.raw import LogRead

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.service_connection import ServiceConnection
    from pymobiledevice3.services.os_trace import OsTraceService

CHUNK_BYTES = 64 * 1024


class Pmd3LogStream:
    """The live log; implements ``model.capabilities.LogStream``.

    Args:
        phone: the phone's name.
        connection: the open service, its stream already confirmed.
        activity: touched for each read.
    """

    def __init__(self, phone: str, connection: ServiceConnection, activity: Activity) -> None:
        self._phone = phone
        # The connection and not the service: once closed, a service connects again when it is read.
        self._connection = connection
        self._activity = activity

    def __aiter__(self) -> AsyncIterator[LogRead]:
        """The bytes of each read, in order; ends when the connection is gone or the stream closed."""
        return self._reads()

    async def close(self) -> None:
        """Close the connection; a lost phone is no error."""
        await close_within(self._phone, "the log", self._connection.close())

    async def _reads(self) -> AsyncIterator[LogRead]:
        while data := await self._read():
            self._activity.touch()
            yield LogRead(time.monotonic(), data)
        # Who opens the log again has forgotten this one.
        await self.close()

    async def _read(self) -> bytes:
        from pymobiledevice3.exceptions import ConnectionTerminatedError

        try:
            return await self._connection.recv_any(CHUNK_BYTES)
        except (ConnectionTerminatedError, OSError):
            return b""


async def start_log(provider: LockdownServiceProvider, phone: str, activity: Activity) -> Pmd3LogStream:
    """Start the live log; returns once the phone confirmed that it is live.

    Raises:
        EvidenceError: the phone refused.
    """
    from pymobiledevice3.services import os_trace

    service = os_trace.OsTraceService(provider)
    await service.connect()
    async with closed_on_failure(service.close):
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
    return Pmd3LogStream(phone, connection, activity)


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
