"""debugserver: as much of the gdb remote protocol as attaching to a process and leaving it takes.

An attached debugger keeps the app from being suspended and makes an experiment invalid; this is
how a test shows that. Source: background-execution.md §1.5; the packets are LLDB's documented ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping

from harness.virtual.kernel.phone import NoSuchProcess, VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed

MOST_PACKET_BYTES = 0x20000
"""The longest packet, as it tells the debugger; one who sends more is cut off."""

_SIGKILL = 9
_INTERRUPT = 0x03


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one debugger; when it goes, it detaches."""
    session = DebugSession(phone)
    try:
        while data := await stream.read():
            with phone.clock.hold():
                stream.write(session.feed(data))
            await stream.drain()
            if session.over:
                return
    except StreamClosed:
        # The debugger is gone.
        return
    finally:
        session.detach()


class DebugSession:
    """One debugger: bytes in, bytes out.

    Attributes:
        over: whether the debugger is done, or has broken the protocol.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self.over = False
        self._phone = phone
        self._pid: int | None = None
        self._acks = True
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Take in what the debugger sent; returns what it is to be answered."""
        self._buffer += data
        out = bytearray()
        while self._buffer:
            if self._buffer[0] == _INTERRUPT:
                del self._buffer[0]
                out += _packet("T02thread:1;")
            elif self._buffer[0] != ord("$"):
                # Acknowledgements, and noise between packets.
                del self._buffer[0]
            elif not self._take_packet(out):
                break
        return bytes(out)

    def detach(self) -> None:
        """Let the process go; not being attached is no error."""
        pid, self._pid = self._pid, None
        if pid is not None:
            self._phone.detach_debugger(pid)

    def _take_packet(self, out: bytearray) -> bool:
        end = self._buffer.find(b"#")
        if end < 0 or len(self._buffer) < end + 3:
            self.over = len(self._buffer) > MOST_PACKET_BYTES
            return False
        body, check = bytes(self._buffer[1:end]), bytes(self._buffer[end + 1 : end + 3])
        del self._buffer[: end + 3]
        if self._acks and check.lower() != f"{sum(body) & 0xFF:02x}".encode():
            out += b"-"
            return True
        out += b"+" if self._acks else b""
        answer = self._answer(body.decode("latin-1"))
        if answer is not None:
            out += _packet(answer)
        return True

    def _answer(self, packet: str) -> str | None:
        head, _, rest = packet.partition(";")
        answer = MESSAGES.get(head.partition(":")[0])
        # An empty answer says that the packet is not known.
        return answer(self, rest) if answer is not None else ""

    def attach(self, pid: str) -> str:
        """``vAttach``: attach to a process; ``pid`` is hexadecimal."""
        try:
            process = self._phone.processes.get(int(pid, 16))
        except ValueError:
            return "E03"
        # Apple's documented rule: a debugger needs get-task-allow. The number of the error is guessed.
        if self._pid is not None or process is None or process.app is None or not process.app.debuggable:
            return "E03"
        self._phone.attach_debugger(process.pid)
        self._pid = process.pid
        return "T05thread:1;"

    def kill(self, _rest: str) -> str:
        """``k``: end the process."""
        pid, self._pid = self._pid, None
        self.over = True
        if pid is not None:
            self._phone.detach_debugger(pid)
            # It may have ended by itself while the debugger was attached.
            with contextlib.suppress(NoSuchProcess):
                self._phone.signal(pid, _SIGKILL)
        return "X09"

    def let_go(self, _rest: str) -> str:
        """``D``: detach."""
        self.detach()
        return "OK"

    def stop_acknowledging(self, _rest: str) -> str:
        """``QStartNoAckMode``: packets are no longer acknowledged."""
        self._acks = False
        return "OK"

    def go_on(self, _rest: str) -> None:
        """``c``: the process runs; there is nothing to say until it stops."""

    def why_stopped(self, _rest: str) -> str:
        """``?``: why the process stands."""
        return "W00" if self._pid is None else "T05thread:1;"

    def is_attached(self, _rest: str) -> str:
        """``qAttached``: whether the process was there before the debugger."""
        return "1" if self._pid is not None else "E16"

    def supports(self, _rest: str) -> str:
        """``qSupported``: what this server can."""
        return f"PacketSize={MOST_PACKET_BYTES:x};QStartNoAckMode+"


MESSAGES: Mapping[str, Callable[[DebugSession, str], str | None]] = {
    "vAttach": DebugSession.attach,
    "D": DebugSession.let_go,
    "QStartNoAckMode": DebugSession.stop_acknowledging,
    "k": DebugSession.kill,
    "c": DebugSession.go_on,
    "?": DebugSession.why_stopped,
    "qAttached": DebugSession.is_attached,
    "qSupported": DebugSession.supports,
}
"""Packet -> ``f(session, what stands behind its name)``, the answer; ``None`` for none."""


def _packet(body: str) -> bytes:
    data = body.encode("latin-1")
    return b"$" + data + f"#{sum(data) & 0xFF:02x}".encode()
