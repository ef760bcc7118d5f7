"""debugserver: as much of the gdb remote protocol as launching an app or attaching to it takes.

A debugged app is never suspended, which makes an experiment invalid; this is how a test shows that.
Source: background-execution.md §1.5; the packets are LLDB's documented ones; which of them launch an app,
and in which order, is idevicedebug's. A debugger that has launched an app sees, until the app ends::

    A ...           the app is launched, and stands before its first instruction
    qLaunchSuccess  OK, or E and why not
    c               it runs; what it prints comes as O packets, its end as a W or X packet
    k               it is killed
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import NoSuchProcess, VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed

MOST_PACKET_BYTES = 0x20000
"""The longest packet, as it tells the debugger; one who sends more is cut off."""

MOST_UNSENT_BYTES = 1 << 20
"""A debugger that does not read loses output above this."""

NOT_LAUNCHED: Mapping[RefusalKind, str] = {
    RefusalKind.LOCKED: "Locked",
    RefusalKind.NOT_INSTALLED: "NotFound",
    RefusalKind.NOT_SIGNED: "Security",
    RefusalKind.NOT_DEBUGGABLE: "failed to get the task for process",
}
"""Why an app was not launched -> what qLaunchSuccess says. Source: public issue threads of libimobiledevice
and ios-deploy for locked phones and apps without get-task-allow, where the process's number follows; that
an app that is not there is NotFound, and one whose profile has ended Security, is guessed from FrontBoard's
names."""

_SIGKILL, _SIGCONT = 9, 19
_INTERRUPT = 0x03
GDB = "remote protocol of gdb"
"""The name under which packets are noted, whichever service speaks them."""

_NAME = re.compile(r"[vqQ][A-Za-z]+|.", re.DOTALL)


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one debugger; when it goes, it detaches."""

    def push(data: bytes) -> None:
        if stream.unsent_bytes <= MOST_UNSENT_BYTES:
            stream.write(data)

    session = DebugSession(phone, push)
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

    Args:
        phone: the kernel.
        push: sends what is no answer: output, and the end of the process.

    Attributes:
        over: whether the debugger is done, or has broken the protocol.
    """

    def __init__(self, phone: VirtualPhone, push: Callable[[bytes], None]) -> None:
        self.over = False
        self._phone = phone
        self._push = push
        self._pid: int | None = None
        self._watched: tuple[Subscription, ...] = ()
        self._environment: dict[str, str] = {}
        self._failure = "no process was launched"
        self._acks = True
        self._buffer = bytearray()
        self._behind: bytearray | None = None

    def feed(self, data: bytes) -> bytes:
        """Take in what the debugger sent; returns what it is to be answered."""
        self._buffer += data
        out, self._behind = bytearray(), bytearray()
        while self._buffer:
            if self._buffer[0] == _INTERRUPT:
                del self._buffer[0]
                out += _packet("T02thread:1;")
            elif self._buffer[0] != ord("$"):
                # Acknowledgements, and noise between packets.
                del self._buffer[0]
            elif not self._take_packet(out):
                break
        behind, self._behind = self._behind, None
        return bytes(out + behind)

    def detach(self) -> None:
        """Let the process go; not being attached is no error."""
        pid, self._pid = self._pid, None
        self._stop_watching()
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
        found = _NAME.match(packet)
        name = found[0] if found else ""
        answer = MESSAGES.get(name)
        if answer is None:
            # An empty answer says that the packet is not known.
            return ""
        note(name, of=GDB)
        return answer(self, packet[len(name) :].lstrip(";:"))

    def attach(self, pid: str) -> str:
        """``vAttach``: attach to a process; ``pid`` is hexadecimal."""
        try:
            process = self._phone.processes.get(int(pid, 16))
        except ValueError:
            return "E03"
        # Apple's documented rule: a debugger needs get-task-allow. The number of the error is guessed.
        if self._pid is not None or process is None or process.app is None or not process.app.debuggable:
            return "E03"
        self._hold_on_to(process.pid)
        return "T05thread:1;"

    def launch(self, given: str) -> str:
        """``A``: launch the app of an executable; ``given`` is ``length,index,hex`` per argument.

        Returns:
            ``OK`` also when the app was not launched: why is told to ``qLaunchSuccess``.
        """
        try:
            path, *arguments = [_text(part) for part in given.split(",")[2::3]]
        except ValueError:
            return "E03"
        if self._pid is not None:
            return "E03"
        phone = self._phone
        try:
            pid = phone.launch(
                next((app.bundle_id for app in phone.apps if phone.executable_path(app) == path), path),
                arguments=arguments,
                environment=self._environment,
                start_suspended=True,
                requester="debugserver",
            )
        except LaunchRefused as refused:
            self._failure = NOT_LAUNCHED[refused.kind]
        else:
            self._hold_on_to(pid)
        return "OK"

    def was_launched(self, _rest: str) -> str:
        """``qLaunchSuccess``: whether the app was launched, and if not, why."""
        return "OK" if self._pid is not None else f"E{self._failure}"

    def set_environment(self, given: str) -> str:
        """``QEnvironmentHexEncoded``: one variable of the app that is to be launched."""
        try:
            name, equals, value = _text(given).partition("=")
        except ValueError:
            return "E03"
        if not name or not equals:
            return "E03"
        self._environment[name] = value
        return "OK"

    def agree(self, _rest: str) -> str:
        """What changes nothing here: a working directory, as an app has its container, and how to talk."""
        return "OK"

    def kill(self, _rest: str) -> str:
        """``k``: end the process."""
        pid, self._pid = self._pid, None
        self._stop_watching()
        self.over = True
        if pid is not None:
            # It may have ended by itself; one that ends is let go by that.
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

    def go_on(self, _rest: str) -> str | None:
        """``c``: the process runs; there is nothing to say until it prints or ends."""
        if self._pid is None:
            return "E03"
        self._phone.signal(self._pid, _SIGCONT)
        return None

    def why_stopped(self, _rest: str) -> str:
        """``?``: why the process stands."""
        return "W00" if self._pid is None else "T05thread:1;"

    def is_attached(self, _rest: str) -> str:
        """``qAttached``: whether the process was there before the debugger."""
        return "1" if self._pid is not None else "E16"

    def supports(self, _rest: str) -> str:
        """``qSupported``: what this server can."""
        return f"PacketSize={MOST_PACKET_BYTES:x};QStartNoAckMode+"

    def _hold_on_to(self, pid: int) -> None:
        phone = self._phone
        phone.attach_debugger(pid)
        self._pid = pid
        self._watched = (
            phone.log.subscribe(self._printed, pid=pid),
            phone.exits.observe_exit(pid, self._ended),
        )

    def _stop_watching(self) -> None:
        for subscription in self._watched:
            subscription.close()
        self._watched = ()

    def _printed(self, event: LogEvent) -> None:
        # What an app of this phone prints is what it logs.
        self._tell("O" + f"{event.message}\n".encode().hex())

    def _ended(self, record: ExitRecord) -> None:
        self._pid = None
        self._stop_watching()
        signal = record.signal
        self._tell(f"W{record.code & 0xFF:02x}" if signal is None else f"X{signal:02x}")

    def _tell(self, body: str) -> None:
        if self._behind is None:
            self._push(_packet(body))
        else:
            # It comes of what is just being answered, and so after the answer.
            self._behind += _packet(body)


MESSAGES: Mapping[str, Callable[[DebugSession, str], str | None]] = {
    "?": DebugSession.why_stopped,
    "A": DebugSession.launch,
    "D": DebugSession.let_go,
    "H": DebugSession.agree,
    "QEnvironmentHexEncoded": DebugSession.set_environment,
    "QSetLogging": DebugSession.agree,
    "QSetMaxPacketSize": DebugSession.agree,
    "QSetWorkingDir": DebugSession.agree,
    "QStartNoAckMode": DebugSession.stop_acknowledging,
    "c": DebugSession.go_on,
    "k": DebugSession.kill,
    "qAttached": DebugSession.is_attached,
    "qLaunchSuccess": DebugSession.was_launched,
    "qSupported": DebugSession.supports,
    "vAttach": DebugSession.attach,
}
"""Packet -> ``f(session, what stands behind its name)``, the answer; ``None`` for none."""


def _text(encoded: str) -> str:
    return bytes.fromhex(encoded).decode(errors="replace")


def _packet(body: str) -> bytes:
    data = body.encode("latin-1")
    return b"$" + data + f"#{sum(data) & 0xFF:02x}".encode()
