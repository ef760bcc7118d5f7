"""One client of a relay: its requests, and how it becomes a connection to a phone.

Clients get the answers that usbmuxd gives, from what the relay shows. What a request names that is not shown
is refused as usbmuxd refuses what is not there. Source: usbmuxd, client.c; ``ListListeners``: libusbmuxd.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import WireError
from harness.farm.gate.muxend import MuxEnd
from harness.farm.gate.pairing import NO_PAIR_RECORD
from harness.farm.gate.upstream import UpstreamLost, answer_of, dial, request
from harness.wire.usbmux import MuxFrame, MuxResult, result_frame
from harness.wire.usbmux_binary import BinaryFrame, BinaryResult

if TYPE_CHECKING:
    from harness.farm.gate.relay import UsbmuxRelay
    from harness.farm.gate.shown import Way

CONNECT_WITHIN_S = 30.0
"""Wall seconds a phone has to take a connection; the clients' own deadlines are shorter."""

RETIRED_WITHIN_S = 0.1
"""Wall seconds that a usbmuxd has to take what was sent to it before its connection is cut."""

INVALID = 22
"""``Number`` of the Result of a request without what it needs (EINVAL). Source: usbmuxd, client.c."""


class Client:
    """One connection of a client.

    Args:
        relay: what it is shown, and who else is.
        end: the connection.
        number: among the relay's clients.
    """

    def __init__(self, relay: UsbmuxRelay, end: MuxEnd, number: int) -> None:
        self.end = end
        self.phone_key = ""
        self._relay = relay
        self._number = number
        self._upstream: MuxEnd | None = None
        self._introduced: Mapping[str, Any] = {}
        self._task = asyncio.create_task(self._serve(), name=f"client {number} of a usbmuxd relay")

    async def cut(self) -> None:
        """End it now, whatever it is in the midst of; returns when nothing of it is on its way to a phone."""
        self._task.cancel()
        # A task that is cancelled before it began does not do this itself.
        self._relay.forget(self)
        await self.end.cut()
        await asyncio.wait({self._task})
        if self._upstream is not None:
            await self._upstream.retire(RETIRED_WITHIN_S)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message of the relay's own accord."""
        self.end.send(MuxFrame(0, dict(message)))

    @property
    def as_listener(self) -> dict[str, Any]:
        """What other clients are told of it while it listens."""
        name = str(self._introduced.get("ProgName", "unknown"))
        listener = {
            "Blacklisted": False,
            "ConnType": 0,
            "ProgName": name,
            "ID String": f"{self._number}-{name}",
        }
        known = ("BundleID", "kLibUSBMuxVersion")
        return listener | {key: self._introduced[key] for key in known if key in self._introduced}

    async def _serve(self) -> None:
        try:
            while (frame := await self.end.frame()) is not None:
                if isinstance(frame, BinaryFrame):
                    # Every client since property lists begins with them, and gives up here, or speaks them.
                    self.end.send(BinaryFrame(frame.tag, BinaryResult(MuxResult.BAD_VERSION)))
                    break
                await self._answer(frame)
                if self._upstream is not None:
                    await self.end.over()
                    await self._upstream.over()
                    return
        except WireError:
            # A client that talks nonsense loses its connection, as with usbmuxd.
            pass
        finally:
            self._relay.forget(self)
        self.end.close()

    async def _answer(self, frame: MuxFrame) -> None:
        self._introduced = frame.body
        answer = MESSAGES.get(frame.message_type)
        if answer is None:
            self._result(frame, MuxResult.BAD_COMMAND)
            return
        try:
            await answer(self, frame)
        except UpstreamLost:
            self._result(frame, MuxResult.BAD_DEVICE)

    def _result(self, frame: MuxFrame, number: int) -> None:
        self.end.send(result_frame(frame.tag, number))

    # What it may ask.

    async def connect(self, frame: MuxFrame) -> None:
        """Join this client to a port of a phone that is shown."""
        way, port = self._relay.way(frame.body.get("DeviceID")), frame.body.get("PortNumber")
        if way is None:
            self._result(frame, MuxResult.BAD_DEVICE)
        elif not isinstance(port, int):
            self._result(frame, MuxResult.BAD_COMMAND)
        else:
            # From here on a detach of the phone ends this client.
            self.phone_key = way.phone.key
            await self._connect(frame, way, port)

    async def _connect(self, frame: MuxFrame, way: Way, port: int) -> None:
        upstream = await dial(way.phone.address)
        try:
            asked = request("Connect", DeviceID=way.upstream_id, PortNumber=port)
            told = await answer_of(upstream, asked, CONNECT_WITHIN_S)
            number = told.get("Number")
            self._result(frame, number if isinstance(number, int) else MuxResult.BAD_COMMAND)
            if number == MuxResult.OK:
                self.end.join(upstream)
                self._upstream = upstream
                self._relay.unlisten(self)
        finally:
            if self._upstream is None:
                self.phone_key = ""
                upstream.abort()

    async def list_devices(self, frame: MuxFrame) -> None:
        """Tell which of the phones are there now."""
        messages = await self._relay.attached_messages()
        self.end.send(MuxFrame(frame.tag, {"DeviceList": messages}))

    async def listen(self, frame: MuxFrame) -> None:
        """Tell which of the phones are there, come and go, from now on."""
        self._result(frame, MuxResult.OK)
        self._relay.listen(self)

    async def list_listeners(self, frame: MuxFrame) -> None:
        """Tell which clients are told of phones."""
        self.end.send(MuxFrame(frame.tag, {"ListenerList": self._relay.listeners()}))

    async def read_buid(self, frame: MuxFrame) -> None:
        """Tell the identifier under which the phones know their host."""
        self.end.send(MuxFrame(frame.tag, {"BUID": await self._relay.buid()}))

    async def read_pair_record(self, frame: MuxFrame) -> None:
        """Tell the pair record of a phone that is shown."""
        phone = self._relay.phone(_record_id(frame))
        record = await phone.records.read(_record_id(frame)) if phone else None
        if record is None:
            self._result(frame, NO_PAIR_RECORD)
        else:
            self.end.send(MuxFrame(frame.tag, {"PairRecordData": record}))

    async def save_pair_record(self, frame: MuxFrame) -> None:
        """Keep the pair record of a phone that is shown; see ``pairing`` for where."""
        phone, record = self._relay.phone(_record_id(frame)), frame.body.get("PairRecordData")
        if phone is None or not isinstance(record, bytes):
            self._result(frame, INVALID)
        else:
            self._result(frame, await phone.records.save(_record_id(frame), record))

    async def delete_pair_record(self, frame: MuxFrame) -> None:
        """Have no pair record of a phone that is shown any more; see ``pairing`` for how far that goes."""
        phone = self._relay.phone(_record_id(frame))
        number = await phone.records.delete(_record_id(frame)) if phone else NO_PAIR_RECORD
        self._result(frame, number)


MESSAGES: Mapping[str, Callable[[Client, MuxFrame], Awaitable[None]]] = {
    "Connect": Client.connect,
    "ListDevices": Client.list_devices,
    "Listen": Client.listen,
    "ListListeners": Client.list_listeners,
    "ReadBUID": Client.read_buid,
    "ReadPairRecord": Client.read_pair_record,
    "SavePairRecord": Client.save_pair_record,
    "DeletePairRecord": Client.delete_pair_record,
}
"""Request -> what answers it."""


def _record_id(frame: MuxFrame) -> str:
    return str(frame.body.get("PairRecordID", ""))
