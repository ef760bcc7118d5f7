"""The virtual phone judged by pymobiledevice3: by its command line, and by its classes beside that."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService

from harness.virtual.address import RackAddress
from tests.fidelity.acceptance import accept
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.judging import judge
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.command import NEW, Command
from tests.virtual.judges.tables.pymobiledevice3 import TABLE
from tests.virtual.judges.tables.pymobiledevice3_calls import CALLS, Call


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing(("16.7", *NEW)) as it:
        yield it


@pytest.fixture(scope="module")
def direct(stand: Standing) -> RackAddress:
    """Where the phones with RSD are reached: a tunnel per command takes longer than the command."""
    opening = asyncio.run_coroutine_threadsafe(stand.rack.open_direct(stand.address), stand.loop)
    return opening.result(COMMAND_WITHIN_S)


def environment(stand: Standing) -> Mapping[str, str]:
    """What leads the client to the rack, and to the command of the package that is installed here."""
    commands = str(Path(sys.executable).parent)
    return {**stand.environment(), "PATH": os.pathsep.join((commands, os.environ.get("PATH", "")))}


def options(stand: Standing, direct: RackAddress, ios: str) -> tuple[str, ...]:
    """What leads it to one phone."""
    udid = stand.phone(ios).spec.udid
    rsd = next(phone.rsd for phone in direct.phones if phone.udid == udid)
    return ("--rsd", *rsd.rsplit(":", 1)) if rsd else ("--udid", udid)


@contextmanager
def asking(stand: Standing) -> Generator[set[str]]:
    """What the rack is asked meanwhile, which is there in the end."""
    asked: set[str] = set()
    before = stand.do(stand.rack.asked)
    yield asked
    after = stand.do(stand.rack.asked)
    asked |= {str(question) for question, count in after.items() if count > before.get(question, 0)}


@pytest.mark.commands([row for row in TABLE if not row.alone])
def test_a_command_gets_what_a_phone_would_tell(
    stand: Standing, direct: RackAddress, row: Command, ios: str
) -> None:
    with asking(stand) as asked:
        judge(row, stand, ios, environment(stand), options(stand, direct, ios))
    assert row.proves in asked


BOOTS_AT_RATE = 20.0
"""Phone seconds per wall second while a phone goes down and boots, which takes its time."""

BEFORE_IT_GOES_DOWN = {"pymobiledevice3 amfi enable-developer-mode": "com.apple.mobile.heartbeat/Polo"}
"""Row -> the last that its client asks before the phone goes down; a loaded one is no quicker than that."""


@contextmanager
def standing_until(stand: Standing, ios: str, question: str) -> Generator[None]:
    """The phone's clock stands until it was asked something, and is quick from then on."""
    clock = stand.phone(ios).clock

    def go_on() -> None:
        stand.becomes(lambda: question in map(str, stand.rack.asked()), within_s=COMMAND_WITHIN_S)
        clock.rate = BOOTS_AT_RATE

    going_on = threading.Thread(target=go_on)
    clock.rate = 0.0
    going_on.start()
    try:
        yield
    finally:
        going_on.join()


@pytest.mark.commands([row for row in TABLE if row.alone])
def test_a_command_that_changes_the_phone_for_good(row: Command, ios: str) -> None:
    with standing((ios,), clock_rate=BOOTS_AT_RATE) as alone, ExitStack() as meanwhile:
        if question := BEFORE_IT_GOES_DOWN.get(row.line):
            meanwhile.enter_context(standing_until(alone, ios, question))
        udid = alone.phone(ios).spec.udid
        with asking(alone) as asked:
            judge(row, alone, ios, environment(alone), ("--udid", udid))
        assert row.proves in asked


async def ask(call: Call, stand: Standing, direct: RackAddress, home: Path) -> object:
    """Ask by the client's own classes, over RSD where there is one."""
    udid = stand.phone(call.ios).spec.udid
    rsd = next(phone.rsd for phone in direct.phones if phone.udid == udid)
    if rsd:
        host, _, port = rsd.rpartition(":")
        async with RemoteServiceDiscoveryService((host, int(port))) as provider:
            return await call.ask(provider, home)
    async with await create_using_usbmux(serial=udid, usbmux_address=stand.address.usbmux) as provider:
        return await call.ask(provider, home)


@pytest.mark.parametrize("call", CALLS, ids=[call.how for call in CALLS])
def test_a_class_gets_what_a_phone_would_tell(
    stand: Standing, direct: RackAddress, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(stand.home))
    phone = stand.phone(call.ios)
    stand.do(lambda: call.before(phone))
    try:
        with asking(stand) as asked:
            found = asyncio.run(ask(call, stand, direct, tmp_path))
        assert stand.do(lambda: call.told(found, phone)), found
        assert stand.becomes(lambda: call.then(phone)), "the phone is not as it should be"
        assert call.proves in asked
        accept("pymobiledevice3", call.how, asked)
    finally:
        stand.do(lambda: call.undo(phone))
