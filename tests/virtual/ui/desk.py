"""A virtual phone whose screen is worked by everything that works a real one's, but for the cable.

Requests go over HTTP to the runner's server, by the supervisor and its forwarded port; only usbmux is left
out, which has tests of its own.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.drivers.ui.screen import PhoneScreen
from harness.drivers.ui.supervisor import Runner
from harness.drivers.ui.wda.backend import WdaBackend
from harness.errors import AppNotInstalled, CommandRefused
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import InstalledApp
from harness.virtual.apps.runner import RUNNER_ID, runner_app
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.specs import udid_of
from harness.virtual.transport.stream import READ_LIMIT_BYTES, AsyncioStream
from harness.virtual.versions.products import build_of
from harness.virtual.wda.server import server_of

NEWS = AppBundle("com.example.news", "News", "1", "News", background_modes=("fetch",))
QUIET = AppBundle("com.example.quiet", "Quiet", "1", "Quiet", background_modes=("audio",))
MANY = tuple(
    AppBundle(f"com.example.n{number:02}", f"App {number:02}", "1", "App", background_modes=("fetch",))
    for number in range(25)
)
"""As many rows as make a list that does not fit on a screen."""

SETTINGS = "com.apple.Preferences"


@dataclass(frozen=True)
class Kind:
    """One kind of phone.

    Attributes:
        ios: product version.
        model: product type.
        language: what it speaks.
        cellular: whether it has a cellular radio.
    """

    ios: str
    model: str
    language: str = "en"
    cellular: bool = True

    def __str__(self) -> str:
        return f"{self.ios}-{self.language}-{'cellular' if self.cellular else 'wifi'}"


KINDS = (
    Kind("15.8", "iPhone9,3", "de"),
    Kind("15.8", "iPhone9,3", "en", cellular=False),
    Kind("16.7", "iPhone10,3", "en"),
    Kind("17.4", "iPhone12,1", "fr", cellular=False),
    Kind("18.5", "iPhone15,4", "fr"),
    Kind("18.5", "iPhone15,4", "de", cellular=False),
    Kind("26.0", "iPhone17,3", "de"),
    Kind("26.0", "iPhone17,3", "en", cellular=False),
)
"""Every shape of Settings, with cellular and without, and every language."""

USUAL = KINDS[2]

Check = Callable[["Desk"], Awaitable[None]]
Prepare = Callable[[VirtualPhone], object]


class CountingStream(AsyncioStream):
    """A connection to the runner; each request comes in one read, as its client writes it in one piece."""

    def __init__(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._host = host

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        data = await super().read(limit_bytes)
        if b" HTTP/1.1\r\n" in data:
            self._host.requests += 1
            self._host.on_request()
        return data


class Host:
    """Implements ``RunnerHost`` beside a phone, without a cable.

    Args:
        phone: the phone.

    Attributes:
        requests: how many its runners got.
        on_request: called before each is answered.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self.requests = 0
        self.on_request: Callable[[], object] = lambda: None
        self._phone = phone
        self._serving: set[asyncio.Task[None]] = set()

    async def start_runner(self, bundle_id: str, environment: Mapping[str, str]) -> int:
        if self._phone.apps.get(bundle_id) is None:
            raise AppNotInstalled(f"{bundle_id} is not installed")
        return self._phone.launch(bundle_id, environment=environment, activate_suspended=True)

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        serve = self._phone.listeners.at(port)
        if serve is None:
            raise CommandRefused(f"nothing listens at port {port}")
        ours, theirs = socket.socketpair()
        stream = CountingStream(self, *await asyncio.open_connection(sock=theirs))
        task = asyncio.create_task(self._serve(serve(stream), stream))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return await asyncio.open_connection(sock=ours)

    async def pid_of(self, bundle_id: str) -> int | None:
        process = self._phone.processes.of_bundle(bundle_id)
        return None if process is None else process.pid

    async def signal(self, pid: int, number: int) -> None:
        self._phone.signal(pid, number)

    async def _serve(self, serving: Awaitable[None], stream: AsyncioStream) -> None:
        try:
            await serving
        finally:
            stream.close()

    async def close(self) -> None:
        """Wait for what is still served to end."""
        await asyncio.gather(*self._serving)


@dataclass
class Desk:
    """A phone and its screen.

    Attributes:
        phone: the phone.
        screen: what works its screen.
        host: counts the requests.
        notes: what was told on the side.
    """

    phone: VirtualPhone
    screen: PhoneScreen
    host: Host
    notes: list[str]

    async def app(self, bundle: AppBundle) -> InstalledApp:
        """An app as installation_proxy describes it."""
        app = await installed_app(self.phone, bundle.bundle_id)
        assert app is not None
        return app

    def before_request(self, number: int, act: Callable[[], object]) -> None:
        """Do something just before the request is answered that comes after so many more."""
        due = self.host.requests + number + 1

        def on_request() -> None:
            if self.host.requests == due:
                act()

        self.host.on_request = on_request


def at_desk(
    check: Check,
    kind: Kind = USUAL,
    *,
    apps: tuple[AppBundle, ...] = (),
    prepare: Prepare = lambda phone: None,
) -> None:
    """Run a check on a phone, and switch it off again.

    Args:
        check: the check.
        kind: of the phone.
        apps: what is installed besides the downloader, an app with a row and one without.
        prepare: done to the phone at first.
    """

    async def main() -> None:
        with tempfile.TemporaryDirectory() as root:
            installed = [runner_app(server_of), DOWNLOADER, NEWS, QUIET, *apps]
            phone = VirtualPhone(_spec(kind), Path(root), apps=installed)
            try:
                prepare(phone)
                await _check_on(phone, check)
            finally:
                phone.switch_off()

    asyncio.run(asyncio.wait_for(main(), 60))


def _spec(kind: Kind) -> PhoneSpec:
    udid = udid_of("v", 1, kind.model)
    return PhoneSpec(
        "v",
        udid,
        kind.ios,
        kind.model,
        build_of(kind.ios),
        cellular=kind.cellular,
        clock_rate=0.0,
        epoch_s=1_800_000_000.0,
        language=kind.language,
    )


async def _check_on(phone: VirtualPhone, check: Check) -> None:
    host, notes = Host(phone), list[str]()
    spec = phone.spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
    runner = Runner(host, spec.name, RUNNER_ID)
    screen = PhoneScreen(
        WdaBackend(runner, spec.name),
        host,
        identity,
        installed=lambda bundle_id: installed_app(phone, bundle_id),
        note=notes.append,
    )
    try:
        await check(Desk(phone, screen, host, notes))
    finally:
        await screen.close()
        await runner.close()
        await host.close()


async def installed_app(phone: VirtualPhone, bundle_id: str) -> InstalledApp | None:
    """An app as installation_proxy describes it, or ``None`` where it is not installed."""
    app = phone.apps.get(bundle_id)
    if app is None:
        return None
    return InstalledApp(app.bundle_id, app.name, app.version, app.executable, app.background_modes)
