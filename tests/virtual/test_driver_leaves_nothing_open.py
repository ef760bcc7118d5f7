"""Whatever the driver opens may be cut short at any moment of its opening, and leaves nothing open.

``--fuzz-frames`` also says at how many of those moments each opening is cut short: a fiftieth, spread over
all of them, and more of the opening of a phone. With 5000 each is.
"""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from pymobiledevice3.service_connection import ServiceConnection

from harness.drivers.pmd3 import Pmd3Phone, lockdown, open_phone
from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.listing import list_again
from harness.drivers.pmd3.lockdown import Lockdown
from harness.drivers.pmd3.look import read_lockdown
from harness.drivers.pmd3.transport import open_transport
from harness.drivers.ui.opening import open_screen
from harness.drivers.ui.ways import UiWay
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import HarnessError
from tests.virtual.drivers.phones import Children, without_a_stack
from tests.virtual.faults.bench import identity_of
from tests.virtual.rig import APP, Rig, rig, until

WAYS = ("16.7", "18.5", "18.5 child")
"""iOS of the phone, and whether its tunnel is held by a process of its own."""

TURNS = (0, 1, 2, 3, 5)
"""How many turns of the loop behind a suspension the cancel comes: by then others have gone on."""

NOTIFICATIONS = "com.apple.mobile.notification_proxy"

LONGEST_S = 280.0
"""Wall seconds that one test may take, whatever the count."""

Act = Callable[[Pmd3Phone], Awaitable[object]]
Coro = Coroutine[Any, Any, object]


class CutShort:
    """Awaits something, and has it cancelled at one of its suspensions, or a few turns later.

    Args:
        work: what is cut short.
        at: at which suspension, the first being 1; 0 for at none.
        turns: how many turns of the loop later.
    """

    def __init__(self, work: Coro, at: int = 0, turns: int = 0) -> None:
        self._work = work
        self._at = at
        self._turns = turns
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, None]:
        """Pass on what the work waits for, and count."""
        running = self._work.__await__()
        step: Callable[[], Any] = partial(next, running)
        while True:
            try:
                waits_for = step()
            except StopIteration:
                return
            self.suspensions += 1
            if self.suspensions == self._at:
                self._cancel_in(self._turns, asyncio.current_task())
            try:
                answer = yield waits_for
            except BaseException as error:
                step = partial(running.throw, error)
            else:
                step = partial(running.send, answer)

    def _cancel_in(self, turns: int, task: asyncio.Task[Any] | None) -> None:
        assert task is not None
        if turns == 0:
            task.cancel()
        else:
            asyncio.get_running_loop().call_soon(self._cancel_in, turns - 1, task)


# What is opened.


async def _log(phone: Pmd3Phone) -> None:
    await (await phone.log()).close()


async def _states(phone: Pmd3Phone) -> None:
    await (await phone.states()).close()


async def _darwin(phone: Pmd3Phone) -> None:
    await (await phone.darwin(["dev.harness.named"])).close()


async def _process_events(phone: Pmd3Phone) -> None:
    await (await phone.process_events()).close()


async def _container(phone: Pmd3Phone) -> None:
    await (await phone.container(APP.bundle_id)).close()


async def _reports(phone: Pmd3Phone) -> None:
    await (await phone.reports()).close()


async def _flush(phone: Pmd3Phone) -> None:
    store = await phone.reports()
    try:
        await store.flush()
    finally:
        await store.close()


async def _debugger(phone: Pmd3Phone) -> None:
    attached = await phone.attach_debugger(await phone.launch(APP.bundle_id))
    await attached.detach()


async def _screen(phone: Pmd3Phone) -> None:
    screen = open_screen(phone, phone.identity, UiWay(), installed=phone.app_info)
    try:
        await screen.go_home()
    finally:
        await close_within(phone.identity.name, "its screen", screen.close())  # as the phone itself does


SERVICES: Mapping[str, Act] = {
    "apps": Pmd3Phone.apps,
    "container": _container,
    "darwin": _darwin,
    "debugger": _debugger,
    "flush": _flush,
    "log": _log,
    "log_archive": lambda phone: phone.log_archive(0.0),
    "post_darwin": lambda phone: phone.post_darwin("dev.harness.named"),
    "process_events": _process_events,
    "processes": Pmd3Phone.processes,
    "provoke_log": Pmd3Phone.provoke_log,
    "reports": _reports,
    "settings": Pmd3Phone.settings,
    "screen": _screen,
    "states": _states,
}


# What is left of it.


def _open_files() -> int:
    gc.collect()
    return len(os.listdir("/dev/fd"))


async def _quiet(it: Rig) -> None:
    for _ in range(100):
        await asyncio.sleep(0)
    await until(lambda: not it.phone.clock.held)


@contextmanager
def _nothing_dropped(where: str) -> Generator[None]:
    """See that nothing is collected that nobody had closed."""
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
        gc.collect()
    dropped = [str(one.message) for one in told if issubclass(one.category, ResourceWarning)]
    assert not dropped, f"{where}: {dropped}"


def _moments(suspensions: int, count: int) -> list[tuple[int, int]]:
    """``(suspension, turns)``, of which a few are of many suspensions and not of one with all turns."""
    rounds = range(len(TURNS))
    every = [(at, TURNS[(at + n) % len(TURNS)]) for n in rounds for at in range(1, suspensions + 1)]
    return every[:: max(1, -(-len(every) // count))]


async def _hunt(
    it: Rig, name: str, count: int, opening: Callable[[], Coro], after: Callable[[], Awaitable[None]]
) -> None:
    """Cut an opening short at moment after moment: what it had opened by then is closed each time."""
    whole = CutShort(opening())
    await whole
    await after()
    await _quiet(it)
    tasks, files = len(asyncio.all_tasks()), _open_files()
    for at, turns in _moments(whole.suspensions, count):
        with _nothing_dropped(f"{name} at suspension {at}, {turns} turns on"):
            cut = asyncio.create_task(_await(CutShort(opening(), at, turns)))
            with suppress(HarnessError, asyncio.CancelledError):
                await cut
            del cut
            await after()
            await _quiet(it)
            await until(lambda: len(asyncio.all_tasks()) <= tasks)
            await until(lambda: _open_files() <= files)


async def _await(work: CutShort) -> None:
    await work


def _count(request: pytest.FixtureRequest) -> int:
    frames: Any = request.config.getoption("--fuzz-frames")
    return max(1, int(frames) // 50)


@asynccontextmanager
async def _clock(it: Rig) -> AsyncGenerator[VirtualClock]:
    clock = VirtualClock(identity_of(it), it.address.clock)
    try:
        yield clock
    finally:
        await clock.close()


def _on_a_phone(check: Callable[[Rig, VirtualClock], Awaitable[None]], way: str) -> None:
    ios, _, child = way.partition(" ")

    async def main() -> None:
        async with rig(ios) as it, _clock(it) as clock:
            await check(it, clock)

    with pytest.MonkeyPatch.context() as patch:
        children = Children(patch)
        if child:
            without_a_stack(patch)
        asyncio.run(asyncio.wait_for(main(), LONGEST_S))
        assert bool(children.started) == bool(child)
        assert not children.left


@pytest.mark.parametrize("way", WAYS)
def test_a_phone_whose_opening_is_cut_short_can_be_opened(way: str, request: pytest.FixtureRequest) -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        async def opening() -> None:
            phone = await open_phone(identity_of(it), usbmux=it.address.usbmux, clock=clock)
            await phone.close()

        async def nothing() -> None:
            pass

        await opening()  # what is made once, such as a pair record
        await _hunt(it, "the phone", _count(request) * 6, opening, nothing)

    _on_a_phone(check, way)


@pytest.mark.parametrize("way", WAYS)
def test_a_service_whose_opening_is_cut_short_is_closed(way: str, request: pytest.FixtureRequest) -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        phone = await open_phone(identity_of(it), usbmux=it.address.usbmux, clock=clock)

        async def used() -> None:
            """Both of the connections that stay are there."""
            await phone.settings()
            await phone.processes()

        async def act(doing: Act) -> None:
            await doing(phone)

        for name, doing in SERVICES.items():
            await _hunt(it, name, _count(request), partial(act, doing), used)
        await phone.close()

    _on_a_phone(check, way)


@pytest.mark.parametrize("way_there", WAYS[1:])
def test_lockdown_and_the_list_of_services_behind_a_tunnel_are_asked_anew_and_cut_short(
    way_there: str, request: pytest.FixtureRequest
) -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        way = await open_transport(identity_of(it), it.address.usbmux)

        async def ask() -> None:
            await list_again(way.provider)
            await way.renew()

        await _hunt(it, "asking anew", _count(request), ask, way.renew)
        await way.close()

    _on_a_phone(check, way_there)


def test_a_look_at_a_phone_that_is_cut_short_leaves_nothing(request: pytest.FixtureRequest) -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        async def look() -> None:
            await read_lockdown(identity_of(it), it.address.usbmux)

        await look()
        await _hunt(it, "the look", _count(request), look, look)

    _on_a_phone(check, "16.7")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_still_open_is_closed_with_the_phone(way: str) -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        async def dropped() -> None:
            phone = await open_phone(identity_of(it), usbmux=it.address.usbmux, clock=clock)
            await phone.log()
            await phone.container(APP.bundle_id)
            await phone.close()

        await dropped()
        await _quiet(it)
        files = _open_files()
        with _nothing_dropped("what nobody closed"):
            await dropped()
            await _quiet(it)
            await until(lambda: _open_files() <= files)

    _on_a_phone(check, way)


def test_a_connection_that_is_cut_short_as_its_handshake_ends_is_in_nobodys_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next connection gets the number of its socket."""

    async def check(it: Rig, clock: VirtualClock) -> None:
        way = await open_transport(identity_of(it), it.address.usbmux)

        async def opening() -> None:
            await (await way.provider.start_lockdown_service(NOTIFICATIONS)).close()

        cut = asyncio.create_task(opening())
        with monkeypatch.context() as patched:
            patched.setattr(ssl.SSLObject, "do_handshake", _then(cut.cancel))
            with pytest.raises(asyncio.CancelledError):
                await cut
        await opening()
        await way.close()

    _on_a_phone(check, "16.7")


def test_an_opening_that_nobody_waits_for_and_that_hangs_ends_with_the_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lockdown, "UNWANTED_S", 0.05)
    ended: list[str] = []

    async def check(it: Rig, clock: VirtualClock) -> None:
        way = await open_transport(identity_of(it), it.address.usbmux)
        hangs = asyncio.Event()

        async def hang(*where: Any, **how: Any) -> None:
            hangs.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cut short")

        monkeypatch.setattr(ServiceConnection, "create_using_usbmux", hang)
        opening = asyncio.create_task(way.provider.start_lockdown_service(NOTIFICATIONS))
        await hangs.wait()
        opening.cancel()
        await asyncio.wait([opening])
        assert not ended
        await way.close()
        assert ended == ["cut short"]

    _on_a_phone(check, "16.7")


def _then(act: Callable[[], object]) -> Callable[[ssl.SSLObject], None]:
    """A handshake, after whose end something is done where it was a client's."""
    do_handshake = ssl.SSLObject.do_handshake

    def handshake(it: ssl.SSLObject) -> None:
        do_handshake(it)
        if not it.server_side:
            act()

    return handshake


def test_a_service_over_usbmux_outlives_the_loss_of_lockdown_alone_and_not_the_close_of_the_way() -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        way = await open_transport(identity_of(it), it.address.usbmux)
        service = await way.provider.start_lockdown_service(NOTIFICATIONS)
        assert isinstance(way.provider, Lockdown)
        await way.provider.close()
        await way.renew()
        assert not service.writer.is_closing()
        await way.close()
        assert service.writer.is_closing()

    _on_a_phone(check, "16.7")


def test_a_connection_that_is_closed_as_soon_as_it_is_open_ends_at_the_phone() -> None:
    async def check(it: Rig, clock: VirtualClock) -> None:
        way = await open_transport(identity_of(it), it.address.usbmux)
        await _quiet(it)
        tasks = len(asyncio.all_tasks())
        for turns in range(24):
            opened = await way.provider.start_lockdown_developer_service(
                "com.apple.mobile.notification_proxy.shim.remote"
            )
            for _ in range(turns % 8):
                await asyncio.sleep(0)
            await opened.close()
            # Of each, the relay at the near end and the service at the far end.
            await until(lambda: len(asyncio.all_tasks()) <= tasks)
        await way.close()

    _on_a_phone(check, "18.5")
