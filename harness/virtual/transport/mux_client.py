"""One client of usbmuxd: its requests, and how it becomes a connection to a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import WireError
from harness.virtual.transport.conversation import USBMUX, Question
from harness.virtual.transport.mux_wire import as_binary, as_message
from harness.virtual.transport.stream import AsyncioStream, StreamClosed
from harness.wire.usbmux import MOST_FRAME_BYTES, MuxFrame, MuxResult, encode, result_frame, swap_port
from harness.wire.usbmux_binary import BinaryFrame, EitherMuxDecoder

if TYPE_CHECKING:
    from harness.virtual.transport.mux import MuxServer, PortHandler

_LENGTH_BYTES = 4

NO_PAIR_RECORD = 2
"""``Number`` of the Result when there is no pair record (ENOENT). Source: usbmuxd's reply to clients."""


class MuxClient:
    """One connection of a client.

    Args:
        server: whom it asks.
        stream: the connection.
    """

    def __init__(self, server: MuxServer, stream: AsyncioStream) -> None:
        self._server = server
        self._stream = stream
        self._is_binary = False

    def send(self, tag: int, body: dict[str, Any]) -> None:
        """Send one message, in the version of the client."""
        self._send(MuxFrame(tag, body))

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
        frames = EitherMuxDecoder().feed(head + rest)
        if not frames:
            return None
        self._is_binary = isinstance(frames[0], BinaryFrame)
        return as_message(frames[0])

    def _answer(self, frame: MuxFrame) -> PortHandler | None:
        answer = MESSAGES.get(frame.message_type)
        if answer is None:
            self._result(frame.tag, MuxResult.BAD_COMMAND)
            return None
        self._server.asked.note(Question(USBMUX, frame.message_type))
        return answer(self, frame)

    def _result(self, tag: int, number: int) -> None:
        self._send(result_frame(tag, number))

    def _send(self, frame: MuxFrame) -> None:
        if not self._is_binary:
            self._stream.write(encode(frame))
        elif (binary := as_binary(frame)) is not None:
            self._stream.write(binary.encode())

    def connect(self, frame: MuxFrame) -> PortHandler | None:
        """Join this client to a port of a phone; what serves it there, unless nothing does."""
        attached = self._server.attached(_number(frame, "DeviceID"))
        if attached is None:
            self._result(frame.tag, MuxResult.BAD_DEVICE)
            return None
        port = swap_port(_number(frame, "PortNumber") & 0xFFFF)
        handler = attached.device.open_port(port, attached.connection)
        if handler is None:
            self._result(frame.tag, MuxResult.CONNECTION_REFUSED)
            return None
        self._server.note_connected(attached)
        self._result(frame.tag, MuxResult.OK)
        return handler

    def read_buid(self, frame: MuxFrame) -> None:
        """Tell the identifier of this usbmuxd."""
        self.send(frame.tag, {"BUID": self._server.system_buid})

    def list_devices(self, frame: MuxFrame) -> None:
        """Tell which phones are there now."""
        self.send(frame.tag, {"DeviceList": self._server.attached_messages()})

    def listen(self, frame: MuxFrame) -> None:
        """Tell which phones are there, come and go, from now on."""
        self._result(frame.tag, MuxResult.OK)
        for message in self._server.attached_messages():
            self.send(0, message)
        self._server.add_listener(self)

    def read_pair_record(self, frame: MuxFrame) -> None:
        """Tell a pair record."""
        record = self._server.pair_record(_record_id(frame))
        if record is None:
            self._result(frame.tag, NO_PAIR_RECORD)
        else:
            self.send(frame.tag, {"PairRecordData": record})

    def save_pair_record(self, frame: MuxFrame) -> None:
        """Keep a pair record."""
        record = frame.body.get("PairRecordData")
        if not isinstance(record, bytes):
            self._result(frame.tag, MuxResult.BAD_COMMAND)
            return
        self._server.save_pair_record(_record_id(frame), record)
        self._result(frame.tag, MuxResult.OK)

    def delete_pair_record(self, frame: MuxFrame) -> None:
        """Forget a pair record."""
        existed = self._server.delete_pair_record(_record_id(frame))
        self._result(frame.tag, MuxResult.OK if existed else NO_PAIR_RECORD)


MESSAGES: Mapping[str, Callable[[MuxClient, MuxFrame], PortHandler | None]] = {
    "Connect": MuxClient.connect,
    "ReadBUID": MuxClient.read_buid,
    "ListDevices": MuxClient.list_devices,
    "Listen": MuxClient.listen,
    "ReadPairRecord": MuxClient.read_pair_record,
    "SavePairRecord": MuxClient.save_pair_record,
    "DeletePairRecord": MuxClient.delete_pair_record,
}
"""Request -> what answers it."""


def _record_id(frame: MuxFrame) -> str:
    return str(frame.body.get("PairRecordID", ""))


def _number(frame: MuxFrame, name: str) -> int:
    value = frame.body.get(name)
    return value if isinstance(value, int) else 0
