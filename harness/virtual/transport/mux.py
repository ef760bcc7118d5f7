"""usbmuxd: lists the phones, keeps the pair records of this host, and joins a client to a phone's port.

It listens on a Unix socket and on a TCP port of the loopback, because clients disagree on how an
address is written, and over TCP some of them wait 40 ms per exchange. Source: virtual-iphone.md §2, §6.
"""

from __future__ import annotations

import asyncio
import plistlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import WireError
from harness.virtual.transport.stream import AsyncioStream, Stream, StreamClosed
from harness.wire.usbmux import (
    MOST_FRAME_BYTES,
    MuxDecoder,
    MuxFrame,
    MuxResult,
    encode,
    result_frame,
    swap_port,
)

PortHandler = Callable[[Stream], Awaitable[None]]
"""Serves one connection to a port of a phone, and returns when it is over."""

_LENGTH_BYTES = 4

# An iPhone on USB 2; clients show these and nothing more.
_USB_PRODUCT_ID = 0x12A8
_USB_SPEED = 480_000_000

NO_PAIR_RECORD = 2
"""``Number`` of the Result when there is no pair record (ENOENT). Source: usbmuxd's reply to clients."""


class MuxDevice(Protocol):
    """What usbmuxd sees of a phone at the end of the cable."""

    @property
    def udid(self) -> str:
        """Unique device identifier, the USB serial number."""
        ...

    def open_port(self, port: int) -> PortHandler | None:
        """What listens on a TCP port of the phone, or ``None`` when nothing does."""
        ...


@dataclass(frozen=True)
class _Attached:
    device: MuxDevice
    device_id: int

    def message(self) -> dict[str, Any]:
        return {
            "MessageType": "Attached",
            "DeviceID": self.device_id,
            "Properties": {
                "ConnectionSpeed": _USB_SPEED,
                "ConnectionType": "USB",
                "DeviceID": self.device_id,
                "LocationID": self.device_id << 16,
                "ProductID": _USB_PRODUCT_ID,
                "SerialNumber": self.device.udid,
            },
        }


class MuxServer:
    """One usbmuxd.

    Args:
        system_buid: the identifier it tells clients.
    """

    def __init__(self, system_buid: str) -> None:
        self._system_buid = system_buid
        self._attached: dict[str, _Attached] = {}
        self._next_device_id = 1
        self._pair_records: dict[str, bytes] = {}
        self._listeners: set[_Client] = set()
        self._clients: dict[asyncio.Task[None], str | None] = {}
        self._servers: list[asyncio.Server] = []

    def attach(self, device: MuxDevice) -> int:
        """Plug a phone in; listeners hear of it.

        Returns:
            Its device id, new at every attach.
        """
        attached = _Attached(device, self._next_device_id)
        self._next_device_id += 1
        self._attached[device.udid] = attached
        for listener in self._listeners:
            listener.send(0, attached.message())
        return attached.device_id

    def detach(self, udid: str) -> None:
        """Pull the cable of a phone: its connections break and listeners hear of it."""
        attached = self._attached.pop(udid)
        for task, connected_to in list(self._clients.items()):
            if connected_to == udid:
                task.cancel()
        for listener in self._listeners:
            listener.send(0, {"MessageType": "Detached", "DeviceID": attached.device_id})

    def keep_pair_record(self, udid: str, record: dict[str, Any]) -> None:
        """Store a pair record of this host."""
        self._pair_records[udid] = plistlib.dumps(record)

    async def listen(self, unix_path: str) -> int:
        """Start to serve on a Unix socket and on a free TCP port of 127.0.0.1.

        Returns:
            The TCP port.
        """
        self._servers.append(await asyncio.start_unix_server(self._accept, unix_path))
        tcp = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._servers.append(tcp)
        return int(tcp.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop serving and break every connection."""
        for server in self._servers:
            server.close()
        tasks = list(self._clients)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(self, AsyncioStream(reader, writer))
        task = asyncio.get_running_loop().create_task(client.serve())
        self._clients[task] = None
        task.add_done_callback(lambda done: self._clients.pop(done, None))

    # What a client may ask of it.

    @property
    def system_buid(self) -> str:
        """The identifier of this usbmuxd."""
        return self._system_buid

    def attached_messages(self) -> list[dict[str, Any]]:
        """An ``Attached`` message for every phone that is plugged in."""
        return [attached.message() for attached in self._attached.values()]

    def device(self, device_id: int) -> MuxDevice | None:
        """The phone with a device id."""
        found = (one.device for one in self._attached.values() if one.device_id == device_id)
        return next(found, None)

    def pair_record(self, udid: str) -> bytes | None:
        """The plist of a pair record."""
        return self._pair_records.get(udid)

    def save_pair_record(self, udid: str, record: bytes) -> None:
        """Store the plist of a pair record; listeners hear of it."""
        self._pair_records[udid] = record
        if udid in self._attached:
            for listener in self._listeners:
                listener.send(0, {"MessageType": "Paired", "DeviceID": self._attached[udid].device_id})

    def delete_pair_record(self, udid: str) -> bool:
        """Forget a pair record; whether there was one."""
        return self._pair_records.pop(udid, None) is not None

    def add_listener(self, client: _Client) -> None:
        """Tell a client of every attach and detach from now on."""
        self._listeners.add(client)

    def remove_listener(self, client: _Client) -> None:
        """Tell it no more; a client that never listened is no error."""
        self._listeners.discard(client)

    def note_connected(self, udid: str) -> None:
        """The running client's connection belongs to a phone now and breaks with its cable."""
        task = asyncio.current_task()
        if task is not None:
            self._clients[task] = udid


class _Client:
    """One connection of a client."""

    def __init__(self, server: MuxServer, stream: AsyncioStream) -> None:
        self._server = server
        self._stream = stream
        self._handlers: Mapping[str, Callable[[MuxFrame], None]] = {
            "ReadBUID": self._read_buid,
            "ListDevices": self._list_devices,
            "Listen": self._listen,
            "ReadPairRecord": self._read_pair_record,
            "SavePairRecord": self._save_pair_record,
            "DeletePairRecord": self._delete_pair_record,
        }

    def send(self, tag: int, body: dict[str, Any]) -> None:
        """Send one message."""
        self._stream.write(encode(MuxFrame(tag, body)))

    async def serve(self) -> None:
        """Answer requests until the client goes, or until it is joined to a phone and that is over."""
        try:
            while (frame := await self._next_frame()) is not None:
                handler = self._answer(frame)
                await self._stream.drain()
                if handler is not None:
                    self._server.remove_listener(self)
                    await handler(self._stream)
                    return
        except (StreamClosed, WireError):
            # A client that is gone, or talks nonsense, loses its connection, as with usbmuxd.
            pass
        except asyncio.CancelledError:
            # The cable was pulled, or the rack ends: nothing waits for a client that does not read.
            self._stream.abort()
            raise
        finally:
            self._server.remove_listener(self)
            self._stream.close()

    async def _next_frame(self) -> MuxFrame | None:
        # Never more than one frame is taken: what follows a Connect belongs to the phone.
        try:
            head = await self._stream.readexactly(_LENGTH_BYTES)
        except StreamClosed:
            return None
        size_bytes = int.from_bytes(head, "little")
        if not _LENGTH_BYTES < size_bytes <= MOST_FRAME_BYTES:
            raise WireError(f"a usbmux frame of {size_bytes} bytes", data=head)
        rest = await self._stream.readexactly(size_bytes - _LENGTH_BYTES)
        frames = MuxDecoder().feed(head + rest)
        return frames[0] if frames else None

    def _answer(self, frame: MuxFrame) -> PortHandler | None:
        if frame.message_type == "Connect":
            return self._connect(frame)
        answer = self._handlers.get(frame.message_type)
        if answer is None:
            self._result(frame.tag, MuxResult.BAD_COMMAND)
        else:
            answer(frame)
        return None

    def _result(self, tag: int, number: int) -> None:
        self._stream.write(encode(result_frame(tag, number)))

    def _connect(self, frame: MuxFrame) -> PortHandler | None:
        device = self._server.device(_number(frame, "DeviceID"))
        if device is None:
            self._result(frame.tag, MuxResult.BAD_DEVICE)
            return None
        handler = device.open_port(swap_port(_number(frame, "PortNumber") & 0xFFFF))
        if handler is None:
            self._result(frame.tag, MuxResult.CONNECTION_REFUSED)
            return None
        self._server.note_connected(device.udid)
        self._result(frame.tag, MuxResult.OK)
        return handler

    def _read_buid(self, frame: MuxFrame) -> None:
        self.send(frame.tag, {"BUID": self._server.system_buid})

    def _list_devices(self, frame: MuxFrame) -> None:
        self.send(frame.tag, {"DeviceList": self._server.attached_messages()})

    def _listen(self, frame: MuxFrame) -> None:
        self._result(frame.tag, MuxResult.OK)
        for message in self._server.attached_messages():
            self.send(0, message)
        self._server.add_listener(self)

    def _read_pair_record(self, frame: MuxFrame) -> None:
        record = self._server.pair_record(_record_id(frame))
        if record is None:
            self._result(frame.tag, NO_PAIR_RECORD)
        else:
            self.send(frame.tag, {"PairRecordData": record})

    def _save_pair_record(self, frame: MuxFrame) -> None:
        record = frame.body.get("PairRecordData")
        if not isinstance(record, bytes):
            self._result(frame.tag, MuxResult.BAD_COMMAND)
            return
        self._server.save_pair_record(_record_id(frame), record)
        self._result(frame.tag, MuxResult.OK)

    def _delete_pair_record(self, frame: MuxFrame) -> None:
        existed = self._server.delete_pair_record(_record_id(frame))
        self._result(frame.tag, MuxResult.OK if existed else NO_PAIR_RECORD)


def _record_id(frame: MuxFrame) -> str:
    return str(frame.body.get("PairRecordID", ""))


def _number(frame: MuxFrame, name: str) -> int:
    value = frame.body.get(name)
    return value if isinstance(value, int) else 0
