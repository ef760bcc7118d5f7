from __future__ import annotations

import asyncio

from harness.model.states import AppState
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.debugserver import DebugSession
from tests.virtual.rig import APP, Rig, rig, until


def packet(body: str) -> bytes:
    return f"${body}#{sum(body.encode()) & 0xFF:02x}".encode()


def unheard(_data: bytes) -> None:
    """Where pushed packets go that a test does not look at."""


def state_of(phone: VirtualPhone, pid: int) -> AppState:
    process = phone.processes.get(pid)
    assert process is not None
    return process.state


async def settle(it: Rig) -> None:
    await it.phone.clock.let_pass(it.phone.clock.now_s + 60)


def test_an_attached_debugger_keeps_the_app_from_being_suspended_until_it_leaves() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            pid = it.phone.launch(APP.bundle_id)
            service = await lockdown.start_lockdown_service("com.apple.debugserver.DVTSecureSocketProxy")
            await service.sendall(packet("QStartNoAckMode"))
            assert await service.recvall(7) == b"+" + packet("OK")
            await service.sendall(packet(f"vAttach;{pid:x}"))
            assert await service.recvall(16) == packet("T05thread:1;")
            await service.sendall(packet("c"))
            it.phone.press_home()
            await settle(it)
            assert state_of(it.phone, pid) is AppState.BACKGROUND_RUNNING
            assert it.phone.processes.named("debugserver") is not None
            await service.sendall(packet("D"))
            assert await service.recvall(6) == packet("OK")
            await settle(it)
            assert state_of(it.phone, pid) is AppState.SUSPENDED
            assert it.phone.processes.named("debugserver") is None
            await service.close()
            await lockdown.close()

    asyncio.run(main())


def test_a_debugger_that_vanishes_has_detached() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            pid = it.phone.launch(APP.bundle_id)
            service = await lockdown.start_lockdown_service("com.apple.debugserver.DVTSecureSocketProxy")
            await service.sendall(packet(f"vAttach;{pid:x}"))
            await service.recvall(17)
            process = it.phone.processes.get(pid)
            assert process is not None
            assert process.traced
            await service.close()
            await until(lambda: not process.traced)
            await lockdown.close()

    asyncio.run(main())


def test_the_protocol_byte_by_byte() -> None:
    async def main() -> None:
        async with rig() as it:
            session = DebugSession(it.phone, unheard)
            assert b"".join(session.feed(bytes([byte])) for byte in packet("qNonsense")) == b"+" + packet("")
            assert session.feed(b"$?#00") == b"-", "a wrong checksum asks for the packet again"
            assert session.feed(packet("vAttach;ffff")) == b"+" + packet("E03")
            launchd = it.phone.processes.named("launchd")
            assert launchd is not None
            assert session.feed(packet(f"vAttach;{launchd.pid:x}")) == b"+" + packet("E03")
            pid = it.phone.launch(APP.bundle_id)
            session.feed(packet(f"vAttach;{pid:x}"))
            assert session.feed(b"\x03") == packet("T02thread:1;")
            assert session.feed(packet("k")) == b"+" + packet("X09")
            assert session.over
            assert it.phone.processes.get(pid) is None

    asyncio.run(main())


def argv(*words: str) -> bytes:
    parts = (f"{len(word) * 2},{index},{word.encode().hex()}" for index, word in enumerate(words))
    return packet("A" + ",".join(parts))


def test_a_debugger_launches_an_app_and_sees_what_it_prints_and_its_end() -> None:
    async def main() -> None:
        async with rig() as it:
            pushed: list[bytes] = []
            session = DebugSession(it.phone, pushed.append)
            session.feed(packet("QStartNoAckMode"))
            assert session.feed(packet("QEnvironmentHexEncoded:" + b"MODE=fast".hex())) == packet("OK")
            assert session.feed(argv(it.phone.executable_path(APP), "one")) == packet("OK")
            assert session.feed(packet("qLaunchSuccess")) == packet("OK")
            process = it.phone.processes.of_bundle(APP.bundle_id)
            assert process is not None
            assert (process.arguments, process.environment) == (("one",), {"MODE": "fast"})
            assert process.stopped, "it stands until the debugger lets it run"
            assert session.feed(packet("Hc0") + packet("c")) == packet("OK")
            it.phone.press_home()
            await settle(it)
            assert process.state is AppState.BACKGROUND_RUNNING, "never suspended under a debugger"
            pushed.clear()
            it.phone.log.emit("Plain", process.pid, "hello")
            it.phone.signal(process.pid, 9)
            assert pushed == [packet("O" + b"hello\n".hex()), packet("X09")]
            assert session.feed(packet("c")) == packet("E03"), "there is nothing left to run"

    asyncio.run(main())


def test_why_an_app_was_not_launched_is_told_when_it_is_asked() -> None:
    async def main() -> None:
        async with rig() as it:
            session = DebugSession(it.phone, unheard)
            session.feed(packet("QStartNoAckMode"))
            assert session.feed(argv("/no/such/app")) == packet("OK")
            assert session.feed(packet("qLaunchSuccess")) == packet("ENotFound")
            it.phone.lock()
            session.feed(argv(it.phone.executable_path(APP)))
            assert session.feed(packet("qLaunchSuccess")) == packet("ELocked")
            assert session.feed(packet("A3,0,xyz")) == packet("E03")
            assert session.feed(packet("QEnvironmentHexEncoded:00")) == packet("E03")

    asyncio.run(main())


def test_a_kill_takes_the_app_and_the_debugger() -> None:
    async def main() -> None:
        async with rig() as it:
            session = DebugSession(it.phone, unheard)
            session.feed(argv(it.phone.executable_path(APP)))
            process = it.phone.processes.of_bundle(APP.bundle_id)
            assert process is not None
            session.feed(packet("k"))
            assert not process.alive
            assert it.phone.processes.named("debugserver") is None

    asyncio.run(main())
