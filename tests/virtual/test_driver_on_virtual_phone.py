from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from harness.drivers.pmd3.clock import RealClock
from harness.drivers.pmd3.look import identify, ways
from harness.drivers.pmd3.states import Pmd3StateStream
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import AppNotInstalled, CapabilityMissing, CommandRefused, DeviceLost
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.model.journal import JOURNAL_PATH
from harness.model.raw import LogLoss, LogRecord, StateNotice
from harness.virtual.address import RackAddress
from harness.virtual.launcher import start_rack
from tests.virtual.rig import items_of

_APP = "dev.harness.downloader"
_SETTINGS = "com.apple.Preferences"
_VERSIONS = ("15.8", "16.7", "18.5", "26.0")
_DEVICES = "version: 1\ndevices:\n" + "".join(
    f'  - {{name: v-{ios}, virtual: {{ios: "{ios}", model: "iPhone10,3", seed: 7}}}}\n' for ios in _VERSIONS
)


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RackAddress]:
    directory = tmp_path_factory.mktemp("rack")
    (directory / "devices.yaml").write_text(_DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_STATE_DIR", str(directory / "state"))
        patch.setenv("HOME", str(directory))
        with start_rack(directory / "devices.yaml") as running:
            yield running.address


@pytest.fixture(params=_VERSIONS)
def identity(request: pytest.FixtureRequest, rack: RackAddress) -> PhoneIdentity:
    address = next(phone for phone in rack.phones if phone.ios == request.param)
    return PhoneIdentity(address.name, address.udid, address.ios, address.model, Hardware.VIRTUAL)


@contextlib.asynccontextmanager
async def _opened(rack: RackAddress, identity: PhoneIdentity) -> AsyncGenerator[Pmd3Phone]:
    clock = VirtualClock(identity, rack.clock)
    phone = await open_phone(identity, usbmux=rack.usbmux, clock=clock)
    try:
        yield phone
    finally:
        await phone.close()
        await clock.close()


@dataclass
class _States:
    """The state stream, read by a task of its own."""

    stream: Pmd3StateStream
    notices: list[StateNotice] = field(default_factory=list[StateNotice])

    async def read(self) -> None:
        async for notice in self.stream:
            self.notices.append(notice)

    async def of(self, pid: int) -> list[int]:
        await self.stream.round_trip()
        return [notice.state for notice in self.notices if notice.pid == pid]


@contextlib.asynccontextmanager
async def _states(phone: Pmd3Phone) -> AsyncGenerator[_States]:
    states = _States(await phone.states())
    reading = asyncio.ensure_future(states.read())
    try:
        yield states
    finally:
        await states.stream.close()
        await asyncio.wait_for(reading, 10)


async def _let_pass(phone: Pmd3Phone, seconds: float) -> None:
    until_s = (await phone.clock.now()).at_s + seconds
    while (await phone.clock.let_pass(until_s)).at_s < until_s:
        pass


def test_the_phones_of_a_rack_are_attached_by_usb_and_say_who_they_are(rack: RackAddress) -> None:
    connected = asyncio.run(ways(rack.usbmux))
    assert connected == dict.fromkeys(sorted(phone.udid for phone in rack.phones), (Connection.USB,))
    answers = asyncio.run(identify(connected, rack.usbmux, Hardware.VIRTUAL))
    assert set(answers) == {
        PhoneIdentity(phone.name, phone.udid, phone.ios, phone.model, Hardware.VIRTUAL)
        for phone in rack.phones
    }


def test_an_app_goes_8_4_2_when_another_comes_to_the_front_and_1_when_it_is_killed(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone, _states(phone) as states:
            pid = await phone.launch(_APP, kill_existing=True)
            assert await phone.pid_of(_APP) == pid
            assert await states.of(pid) == [8]
            await phone.launch(_SETTINGS)
            await _let_pass(phone, 30)
            assert await states.of(pid) == [8, 4, 2]
            await phone.signal(pid, 9)
            assert await states.of(pid) == [8, 4, 2, 1]
            assert await phone.pid_of(_APP) is None

    asyncio.run(scenario())


def test_notices_and_process_list_are_dated_by_the_phones_clock(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone, _states(phone) as states:
            before_s = (await phone.clock.now()).at_s
            pid = await phone.launch(_APP, kill_existing=True)
            await states.stream.round_trip()
            after_s = (await phone.clock.now()).at_s
            row = next(row for row in await phone.processes() if row.pid == pid)
            told = [notice.phone_s for notice in states.notices if notice.pid == pid]
            assert row.is_application
            assert row.started_s is not None
            # An archived date counts from 2001 in a double, so microseconds may be lost.
            assert before_s - 1e-3 <= row.started_s <= after_s + 1e-3
            assert all(before_s - 1e-3 <= at_s <= after_s + 1e-3 for at_s in told)

    asyncio.run(scenario())


def test_the_log_is_live_when_it_is_returned_and_a_provoked_line_arrives_in_it(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone:
            log = await phone.log()
            before_s = (await phone.clock.now()).at_s
            await phone.provoke_log()
            records = items_of(log)
            line = await asyncio.wait_for(_first_of(records, "lockdownd"), 10)
            assert line.phone_s >= before_s - 1e-3
            await phone.launch(_APP, kill_existing=True)
            await asyncio.wait_for(_first_of(records, "SpringBoard", f'open "{_APP}"'), 10)
            await log.close()
            assert [record async for record in records if isinstance(record, LogLoss)] == []

    asyncio.run(scenario())


async def _first_of(records: AsyncIterator[LogRecord | LogLoss], process: str, saying: str = "") -> LogRecord:
    async for record in records:
        if isinstance(record, LogRecord) and record.process == process and saying in record.message:
            return record
    raise AssertionError("the log ended")


def test_files_of_the_container_are_written_read_from_an_offset_and_removed(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    path = "Documents/note.bin"
    data = bytes(range(256)) * 64

    async def scenario() -> None:
        async with _opened(rack, identity) as phone:
            container = await phone.container(_APP)
            assert (await container.size_bytes(path), await container.read(path)) == (None, b"")
            await container.write(path, data)
            assert await container.size_bytes(path) == len(data)
            assert await container.read(path) == data
            assert await container.read(path, 16_000) == data[16_000:]
            assert await container.read(path, len(data) + 5) == b""
            await container.write(path, b"short")
            assert await container.read(path) == b"short"
            await container.remove(path)
            await container.remove(path)
            assert await container.size_bytes(path) is None
            await container.close()

    asyncio.run(scenario())


def test_a_posted_notification_reaches_the_app_which_reads_its_command(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone:
            await phone.launch(_APP, kill_existing=True)
            container = await phone.container(_APP)
            command = {"id": "c1", "nonce": "n1", "do": "probe"}
            await container.write("Documents/harness-command.json", json.dumps(command).encode())
            await phone.post_darwin(f"{_APP}.harness.command")
            await _let_pass(phone, 1)
            journal = (await container.read(JOURNAL_PATH)).decode()
            await container.close()
            assert '"c1"' in journal

    asyncio.run(scenario())


def test_installed_apps_are_told_with_what_they_may_do(rack: RackAddress, identity: PhoneIdentity) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone:
            app = await phone.app_info(_APP)
            assert app is not None
            assert app.debuggable
            assert app in await phone.apps()
            assert await phone.app_info("no.such.app") is None

    asyncio.run(scenario())


def test_what_is_not_there_is_refused_in_our_own_words(rack: RackAddress, identity: PhoneIdentity) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone:
            with pytest.raises(AppNotInstalled, match=identity.name):
                await phone.launch("no.such.app")
            with pytest.raises(AppNotInstalled, match=identity.name):
                await phone.container("no.such.app")
            with pytest.raises(CommandRefused, match="signal 3"):
                await phone.signal(1, 3)
            with pytest.raises(CapabilityMissing, match="does not attach to process 99999"):
                await phone.attach_debugger(99999)

    asyncio.run(scenario())


def test_a_debugged_app_is_not_suspended_until_it_is_let_go(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        async with _opened(rack, identity) as phone, _states(phone) as states:
            pid = await phone.launch(_APP, kill_existing=True)
            debugger = await phone.attach_debugger(pid)
            await phone.launch(_SETTINGS)
            await _let_pass(phone, 60)
            assert await states.of(pid) == [8, 4]
            await debugger.detach()
            await _let_pass(phone, 60)
            assert await states.of(pid) == [8, 4, 2]

    asyncio.run(scenario())


def test_the_clock_of_a_real_phone_agrees_with_the_phone_within_its_error(
    rack: RackAddress, identity: PhoneIdentity
) -> None:
    async def scenario() -> None:
        virtual = VirtualClock(identity, rack.clock)
        phone = await open_phone(identity, usbmux=rack.usbmux)
        assert isinstance(phone.clock, RealClock)
        earliest = await virtual.now()
        told = await phone.clock.now()
        latest = await virtual.now()
        await phone.close()
        await virtual.close()
        assert told.latest_s >= earliest.at_s
        assert told.earliest_s <= latest.at_s

    asyncio.run(scenario())


def test_one_process_drives_two_phones_behind_tunnels_and_then_either_alone(rack: RackAddress) -> None:
    first, second = (
        PhoneIdentity(phone.name, phone.udid, phone.ios, phone.model, Hardware.VIRTUAL)
        for phone in rack.phones
        if phone.ios in ("18.5", "26.0")
    )

    async def scenario() -> None:
        async with _opened(rack, first) as one, _opened(rack, second) as other:
            assert await one.app_info(_APP) is not None
            assert await other.app_info(_APP) is not None
        async with _opened(rack, second) as phone:
            assert await phone.app_info(_APP) is not None

    asyncio.run(scenario())


async def _exhaust(stream: AsyncIterable[object]) -> None:
    async for _ in stream:
        pass


def test_a_rack_that_stops_ends_the_streams_and_loses_the_phone(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(_DEVICES)

    async def scenario() -> None:
        with start_rack(tmp_path / "devices.yaml", nonce="short") as running:
            address = running.address.phones[-1]
            identity = PhoneIdentity(address.name, address.udid, address.ios, address.model, Hardware.VIRTUAL)
            clock = VirtualClock(identity, running.address.clock)
            phone = await open_phone(identity, usbmux=running.address.usbmux, clock=clock)
            log, states = await phone.log(), await phone.states()
            await asyncio.to_thread(running.stop)
            await asyncio.wait_for(_exhaust(states), 10)
            await asyncio.wait_for(_exhaust(log), 10)
            with pytest.raises(DeviceLost):
                await phone.launch(_APP)
            with pytest.raises(DeviceLost):
                await clock.now()
            await log.close()
            await phone.close()
            await clock.close()

    asyncio.run(scenario())


@pytest.fixture(autouse=True)
def _usbmux_of_the_process() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("USBMUXD_SOCKET_ADDRESS", raising=False)
        yield
