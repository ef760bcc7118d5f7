"""usbmuxd: lists the phones, keeps the pair records of this host, and joins a client to a phone's port.

It listens on a Unix socket and on a TCP port of the loopback, because clients disagree on how an
address is written, and over TCP some of them wait 40 ms per exchange. Source: virtual-iphone.md §2, §6.

A phone may be there by its cable and over Wi-Fi at once: twice in the list, under one serial number, each
time with a device id of its own. Connections break with the way over which they were made.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from harness.model.identity import Connection
from harness.virtual.transport.conversation import Asked
from harness.virtual.transport.listening import Listening
from harness.virtual.transport.stream import AsyncioStream, Stream

if TYPE_CHECKING:
    from harness.virtual.transport.mux_client import MuxClient

PortHandler = Callable[[Stream], Awaitable[None]]
"""Serves one connection to a port of a phone, and returns when it is over."""

# An iPhone on USB 2; clients show these and nothing more.
_USB_PRODUCT_ID = 0x12A8
_USB_SPEED = 480_000_000

NETWORK_ADDRESS = "127.0.0.1"
"""Where a phone on Wi-Fi says it is. Clients that join it through usbmuxd do not look; libimobiledevice
dials it itself, at lockdown's port, and finds nobody there."""

_NETWORK_PORT = 62078


class MuxDevice(Protocol):
    """What usbmuxd sees of a phone."""

    @property
    def udid(self) -> str:
        """Unique device identifier, the USB serial number."""
        ...

    @property
    def wifi_address(self) -> str:
        """The MAC address of its Wi-Fi."""
        ...

    def open_port(self, port: int, connection: Connection = Connection.USB) -> PortHandler | None:
        """What listens on a TCP port of the phone, or ``None`` when nothing does."""
        ...


@dataclass(frozen=True)
class Attached:
    """One way in which a phone is there.

    Attributes:
        device: the phone.
        connection: the way.
        device_id: its number, never given twice.
    """

    device: MuxDevice
    connection: Connection
    device_id: int

    def message(self) -> dict[str, Any]:
        """What clients are told of it."""
        by_cable = self.connection is Connection.USB
        properties: dict[str, Any] = {
            "ConnectionType": "USB" if by_cable else "Network",
            "DeviceID": self.device_id,
            "SerialNumber": self.device.udid,
        }
        return {
            "MessageType": "Attached",
            "DeviceID": self.device_id,
            "Properties": properties | (self._on_usb() if by_cable else self._on_network()),
        }

    def _on_usb(self) -> dict[str, Any]:
        return {
            "ConnectionSpeed": _USB_SPEED,
            "LocationID": self.device_id << 16,
            "ProductID": _USB_PRODUCT_ID,
        }

    def _on_network(self) -> dict[str, Any]:
        # The name is the one that phones announce in Bonjour: source, what clients browse for.
        return {
            "EscapedFullServiceName": f"{self.device.wifi_address}@fe80::1._apple-mobdev2._tcp.local.",
            "InterfaceIndex": 0,
            "NetworkAddress": socket_address(NETWORK_ADDRESS, _NETWORK_PORT),
        }


def socket_address(host: str, port: int) -> bytes:
    """A ``sockaddr_in`` as a usbmuxd of this machine would send it: the system's own.

    BSD's begins with its length and the family, a byte each; elsewhere the family takes both.
    """
    family = bytes([16, socket.AF_INET]) if sys.platform == "darwin" else struct.pack("=H", socket.AF_INET)
    return family + struct.pack(">H", port) + socket.inet_aton(host) + bytes(8)


_Key = tuple[str, Connection]


class MuxServer:
    """One usbmuxd.

    Args:
        system_buid: the identifier it tells clients.

    Attributes:
        asked: what clients asked of it so far.
    """

    def __init__(self, system_buid: str) -> None:
        self.asked = Asked()
        self._system_buid = system_buid
        self._attached: dict[_Key, Attached] = {}
        self._next_device_id = 1
        self._pair_records: dict[str, Callable[[], bytes]] = {}
        self._listeners: set[MuxClient] = set()
        self._joined: dict[asyncio.Task[None], Attached] = {}
        self._listening = Listening(self._serve)

    def attach(self, device: MuxDevice, connection: Connection = Connection.USB) -> int:
        """Have a phone there; listeners hear of it.

        Returns:
            Its device id, new at every attach.
        """
        attached = Attached(device, connection, self._next_device_id)
        self._next_device_id += 1
        self._attached[device.udid, connection] = attached
        self._tell(attached.message())
        return attached.device_id

    def detach(self, udid: str, connection: Connection = Connection.USB) -> None:
        """Have a phone there no more: connections that were made this way break, and listeners hear of it."""
        attached = self._attached.pop((udid, connection))
        for task, joined_to in list(self._joined.items()):
            if joined_to is attached:
                task.cancel()
        self._tell({"MessageType": "Detached", "DeviceID": attached.device_id})

    def is_attached(self, udid: str, connection: Connection) -> bool:
        """Whether a phone is there in this way."""
        return (udid, connection) in self._attached

    def keep_pair_record(self, udid: str, record: Callable[[], dict[str, Any]]) -> None:
        """Have a pair record of this host; ``record`` tells it, the same each time a client asks."""

        def plist() -> bytes:
            # A rack is ready sooner without what its first client needs.
            from harness.wire.lockdown import write_plist

            return write_plist(record())

        self._pair_records[udid] = plist

    async def listen(self, unix_path: str) -> int:
        """Start to serve on a Unix socket and on a free TCP port of 127.0.0.1.

        Returns:
            The TCP port.
        """
        await self._listening.on_unix(unix_path)
        return await self._listening.on_loopback()

    async def close(self) -> None:
        """Stop serving and break every connection."""
        await self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A rack is ready sooner without what its first client needs.
        from harness.virtual.transport.mux_client import MuxClient

        await MuxClient(self, AsyncioStream(reader, writer)).serve()

    # What a client may ask of it.

    @property
    def system_buid(self) -> str:
        """The identifier of this usbmuxd."""
        return self._system_buid

    def attached_messages(self) -> list[dict[str, Any]]:
        """An ``Attached`` message for every phone that is there, for each way in which it is."""
        return [attached.message() for attached in self._attached.values()]

    def attached(self, device_id: int) -> Attached | None:
        """What has a device id."""
        return next((one for one in self._attached.values() if one.device_id == device_id), None)

    def pair_record(self, udid: str) -> bytes | None:
        """The plist of a pair record."""
        record = self._pair_records.get(udid)
        return record() if record is not None else None

    def save_pair_record(self, udid: str, record: bytes) -> None:
        """Store the plist of a pair record; listeners hear of it."""
        self._pair_records[udid] = lambda: record
        for attached in self._attached.values():
            if attached.device.udid == udid:
                self._tell({"MessageType": "Paired", "DeviceID": attached.device_id})

    def delete_pair_record(self, udid: str) -> bool:
        """Forget a pair record; whether there was one."""
        return self._pair_records.pop(udid, None) is not None

    def add_listener(self, client: MuxClient) -> None:
        """Tell a client of every attach and detach from now on."""
        self._listeners.add(client)

    def remove_listener(self, client: MuxClient) -> None:
        """Tell it no more; a client that never listened is no error."""
        self._listeners.discard(client)

    def note_connected(self, attached: Attached) -> None:
        """The running client's connection belongs to a phone now and breaks with this way to it."""
        task = asyncio.current_task()
        if task is not None:
            self._joined[task] = attached
            task.add_done_callback(lambda done: self._joined.pop(done, None))

    def _tell(self, message: dict[str, Any]) -> None:
        for listener in self._listeners:
            listener.send(0, message)
