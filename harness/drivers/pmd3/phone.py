"""One phone, opened through pymobiledevice3."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from harness.drivers.pmd3 import (
    apps,
    arbitration,
    container,
    darwin,
    darwinstream,
    debugger,
    location,
    log,
    logarchive,
    profiles,
    radios,
    rebooting,
    reports,
    transport,
    upgrading,
)
from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.arbitration import CheckIn
from harness.drivers.pmd3.clock import RealClock
from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.instruments import Instruments
from harness.drivers.pmd3.notices import SECONDS_1970_TO_2001
from harness.drivers.pmd3.processevents import Pmd3ProcessEvents
from harness.drivers.pmd3.rungs import rungs_of
from harness.drivers.pmd3.runner import RUNNER_OPTIONS, Ports
from harness.drivers.pmd3.settings import read_settings
from harness.drivers.pmd3.states import Pmd3StateStream, start_states
from harness.drivers.pmd3.way import Way
from harness.drivers.ui.ways import UiWay
from harness.errors import CapabilityMissing, CommandRefused
from harness.model.identity import Connection, PhoneIdentity
from harness.model.raw import InstalledApp, ProcessRow, Setting
from harness.model.rungs import Rung
from harness.model.screen import UserInterface
from harness.model.time import PhoneClock

LAUNCH_SELECTOR = "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"

OPEN_S = 45.0
COMMAND_S = 20.0

ARCHIVE_S = 600.0
"""A phone keeps hundreds of megabytes of its log, which come no faster than the cable."""


class Pmd3Phone:
    """A phone; implements ``model.capabilities.Phone``.

    Every method has a protective deadline in wall time, and raises a ``DeviceError`` or ``AppError`` that
    names the phone. Use it on the loop it was opened on.

    Args:
        identity: who it is.
        way: the way to it; open, and opened again when it was lost.
        ports: its ports, which usbmuxd leads to.
        clock: its clock; ``None`` for that of a real phone.
        rungs: what it offers beyond what every phone does.
        ui: how its screen is worked; ``None`` for not at all.
    """

    def __init__(
        self,
        identity: PhoneIdentity,
        way: Way,
        ports: Ports,
        clock: PhoneClock | None = None,
        rungs: frozenset[Rung] = frozenset(),
        ui: UiWay | None = None,
    ) -> None:
        self._identity = identity
        self._way = way
        self._ports = ports
        self._rungs = rungs
        self._ui_way = ui
        self._ui: UserInterface | None = None
        self._activity = Activity()
        self._clock = clock or RealClock(self._read_clock, self._activity)
        self._instruments = Instruments(way, identity.name)

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self._identity

    @property
    def clock(self) -> PhoneClock:
        """Its clock."""
        return self._clock

    @property
    def rungs(self) -> frozenset[Rung]:
        """What it offers beyond what every phone does."""
        return self._rungs

    @property
    def is_ready(self) -> bool:
        """Whether its instruments are open and nothing is known against them; the phone is not asked."""
        return self._way.is_fine and self._instruments.is_up

    @property
    def ui(self) -> UserInterface:
        """Its screen; nothing is started for it before the first thing that is done there."""
        if self._ui_way is None:
            raise CapabilityMissing(
                "nothing works its screen from here",
                phone=self._identity.name,
                fix=(
                    "Install a WebDriverAgent runner on it and write `ui: {wda_bundle_id: ...}` beneath its "
                    "name in devices.yaml; --ui none switches it off."
                ),
            )
        if self._ui is None:
            from harness.drivers.ui.opening import open_screen

            self._ui = open_screen(self, self._identity, self._ui_way, installed=self.app_info)
        return self._ui

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        """Launch or bring to the foreground, without a debugger; returns the pid."""
        # Both options are always said: left out, the one means suspended and the other means kill.
        # Source: background-execution.md §2.1.
        options = {"StartSuspendedKey": False, "KillExisting": kill_existing}
        async with self._guard(f"launching {bundle_id}"):
            return await self._launch(bundle_id, environment or {}, arguments, options)

    async def start_runner(self, bundle_id: str, environment: Mapping[str, str]) -> int:
        """Start a UI test runner that stays in the background, in place of one that runs; returns its pid."""
        async with self._guard(f"starting the runner {bundle_id}"):
            return await self._launch(bundle_id, environment, (), RUNNER_OPTIONS)

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection to a TCP port that a process of the phone listens at."""
        return await self._ports.connect(port)

    async def signal(self, pid: int, number: int) -> None:
        """Send a signal and wait until the phone has acted on it."""
        async with self._guard(f"sending signal {number} to process {pid}"):
            await (await self._instruments.process_control()).send_signal_to_pid_(number, pid)

    async def pid_of(self, bundle_id: str) -> int | None:
        """The pid of the running app, or ``None``."""
        async with self._guard(f"looking for the process of {bundle_id}"):
            from pymobiledevice3.exceptions import UnrecognizedSelectorError

            control = await self._instruments.process_control()
            try:
                pid = int(await control.process_identifier_for_bundle_identifier_(bundle_id) or 0)
            except UnrecognizedSelectorError:
                pid = next((row.pid for row in await self._rows() if row.bundle_id == bundle_id), 0)
            return pid if pid > 0 else None

    async def processes(self) -> tuple[ProcessRow, ...]:
        """The process list."""
        async with self._guard("listing the processes"):
            return await self._rows()

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        """What is installed under a bundle identifier, or ``None``."""
        async with self._guard(f"looking up {bundle_id}"):
            found = await apps.look_up(self._way.provider, bundle_id=bundle_id)
            return next((app for app in found if app.bundle_id == bundle_id), None)

    async def apps(self) -> tuple[InstalledApp, ...]:
        """The user's apps."""
        async with self._guard("listing the apps"):
            return await apps.look_up(self._way.provider)

    async def container(self, bundle_id: str) -> container.Pmd3Container:
        """Open the data container of an app."""
        async with self._guard(f"opening the container of {bundle_id}"):
            return await container.open_container(self._way, self._identity.name, bundle_id)

    async def post_darwin(self, name: str) -> None:
        """Post a Darwin notification on the phone; returns once it is posted."""
        async with self._guard(f"posting {name}"):
            await darwin.post(self._way.provider, name)

    async def states(self) -> Pmd3StateStream:
        """Start the application-state stream; returns once the phone confirmed it."""
        async with self._guard("starting the state stream"):
            return await start_states(self._identity.name, self._instruments, self._clock, self._activity)

    async def log(self) -> log.Pmd3LogStream:
        """Start the live log; returns once the phone confirmed it."""
        async with self._guard("starting the log"):
            return await log.start_log(self._way.provider, self._identity.name, self._activity)

    async def provoke_log(self) -> None:
        """Have a small service started and stopped, which the phone logs."""
        async with self._guard("provoking a log line"):
            from pymobiledevice3.services.notification_proxy import NotificationProxyService

            async with NotificationProxyService(self._way.provider):
                pass

    async def process_events(self) -> Pmd3ProcessEvents:
        """Start to observe the ends of processes; see ``processevents`` on what that does to them."""
        async with self._guard("starting the process events"):
            exits = await self._instruments.exits()
            return Pmd3ProcessEvents(self._identity.name, self._instruments, exits, self._activity)

    async def darwin(self, names: Sequence[str]) -> darwinstream.Pmd3DarwinStream:
        """Start to relay Darwin notifications; returns once the phone has shown that it does."""
        async with self._guard("starting the Darwin notifications"):
            return await darwinstream.start_darwin(self._way, self._identity.name, self._activity, names)

    async def reports(self) -> reports.Pmd3ReportStore:
        """Open the store of crash and jetsam reports."""
        async with self._guard("opening the reports"):
            return await reports.open_reports(self._way, self._identity.name)

    async def settings(self) -> tuple[Setting, ...]:
        """Read back the settings and conditions that the phone tells without its screen."""
        async with self._guard("reading the settings"):
            return await read_settings(self._way.provider)

    async def log_archive(self, since_s: float) -> bytes:
        """What the phone has kept of its log since a moment of its time: a tar of a log archive."""
        async with self._way.command("reading the log archive", ARCHIVE_S):
            return await logarchive.read_archive(self._way.provider, self._identity.name, since_s)

    async def attach_debugger(self, pid: int) -> debugger.Pmd3Debugger:
        """Attach a debugger to a process and let it run on; iOS then never suspends it."""
        async with self._guard(f"attaching a debugger to process {pid}"):
            return await debugger.attach(self._way.provider, self._identity.name, pid)

    async def set_wifi(self, on: bool) -> None:
        """Switch Wi-Fi, of a phone on a cable; returns once the phone has taken it."""
        async with self._guard(f"switching Wi-Fi {'on' if on else 'off'}"):
            by_cable = Rung.WIFI in self._rungs
            await radios.switch_wifi(self._way.provider, self._identity, on, by_cable=by_cable)

    async def conditions(self) -> tuple[radios.Condition, ...]:
        """The conditions that the phone can simulate, and which it does."""
        async with self._guard("listing the conditions"):
            return await radios.list_conditions(self._instruments)

    async def install_profile(self, profile: bytes) -> None:
        """Hand the phone a configuration profile; one that nobody supervises waits for its user's consent."""
        async with self._guard("installing a profile"):
            await profiles.install_profile(self._way.provider, profile)

    async def remove_profile(self, identifier: str) -> None:
        """Take a configuration profile off the phone; one that is not there is no error."""
        async with self._guard("removing a profile"):
            await profiles.remove_profile(self._way.provider, identifier)

    async def induce(self, condition: str) -> radios.Pmd3Induced:
        """Have the phone simulate a condition, for as long as its instruments stay connected."""
        async with self._guard(f"inducing {condition}"):
            return await radios.induce(self._way, self._instruments, self._identity.name, condition)

    async def stop_inducing(self) -> None:
        """End whatever condition the phone simulates; none is no error."""
        async with self._guard("ending conditions"):
            await radios.stop_inducing(self._instruments)

    async def simulate_location(self, latitude: float, longitude: float) -> None:
        """Have the phone believe that it is somewhere, for as long as its instruments stay connected."""
        async with self._guard("simulating a location"):
            await location.simulate(self._instruments, latitude, longitude)

    async def stop_simulating_location(self) -> None:
        """Have the phone know again where it is."""
        async with self._guard("ending the simulation of a location"):
            await location.stop_simulating(self._instruments)

    async def upgrade(self, package: Path) -> None:
        """Install another build over an app that is installed."""
        async with self._way.command(f"installing {package.name}", upgrading.UPGRADE_S):
            await upgrading.upgrade(self._way.provider, package)

    async def reboot(self) -> None:
        """Restart the phone; returns once it is back and answers."""
        await rebooting.restart(self._way, self._identity.name, self._clock)

    async def mount_image(self) -> None:
        """Mount the developer image, which is gone after a restart; one that is mounted is no error."""
        async with self._way.command("mounting the developer image", rebooting.MOUNT_S):
            await rebooting.mount_image(self._way.provider, self._identity)

    async def check_in(self, who: CheckIn) -> bool:
        """Tell the phone who uses it, so that other computers see it; whether it has taken note.

        Raises:
            DeviceTaken: another computer uses it.
        """
        async with self._guard("checking the phone in"):
            return await arbitration.check_in(self._way.provider, self._identity, who)

    async def check_out(self) -> None:
        """Tell the phone that nobody uses it any more, after ``check_in`` has said that it took note."""
        async with self._guard("checking the phone out"):
            await arbitration.check_out(self._way.provider)

    async def close(self) -> None:
        """Close everything that was opened."""
        async with Guard(self._identity.name, "closing the phone", COMMAND_S):
            try:
                await self._close_screen()
                await self._instruments.close()
            finally:
                await self._way.close()

    async def _close_screen(self) -> None:
        screen, self._ui = self._ui, None
        if screen is not None:
            await close_within(self._identity.name, "its screen", screen.close())
        self._ports.close()

    async def _launch(
        self,
        bundle_id: str,
        environment: Mapping[str, str],
        arguments: Sequence[str],
        options: Mapping[str, bool],
    ) -> int:
        control = await self._instruments.process_control()
        pid = await control.invoke(
            LAUNCH_SELECTOR, "", bundle_id, dict(environment), list(arguments), dict(options)
        )
        if not pid:
            raise CommandRefused(
                f"the phone launched {bundle_id} and named no process",
                phone=self._identity.name,
                fix="Open it once by hand: an app that quits at launch looks like that.",
            )
        return int(pid)

    def _guard(self, doing: str) -> AbstractAsyncContextManager[None]:
        return self._way.command(doing, COMMAND_S)

    async def _rows(self) -> tuple[ProcessRow, ...]:
        listed = await (await self._instruments.device_info()).running_processes()
        return tuple(parse_row(fields) for fields in listed)

    async def _read_clock(self) -> float:
        async with self._guard("reading the clock"):
            value: Any = await self._way.provider.get_value(key="TimeIntervalSince1970")
            if isinstance(value, int | float):
                return float(value)
        raise CommandRefused(
            "the phone does not tell its time", phone=self._identity.name, fix="Restart the phone."
        )


async def open_phone(
    identity: PhoneIdentity,
    *,
    usbmux: str | None,
    clock: PhoneClock | None = None,
    connection: Connection | None = None,
    ui: UiWay | None = None,
    apart: bool = False,
) -> Pmd3Phone:
    """Open a phone; its services are opened when they are first used.

    Args:
        identity: who it is; its iOS decides how it is reached.
        usbmux: address of usbmuxd, a Unix path or ``host:port``; ``None`` for this host's own. It becomes
            the address of the whole process.
        clock: its clock; ``None`` for that of a real phone.
        connection: by cable or by network; ``None`` for the cable where there is one.
        ui: how its screen is worked; ``None`` for not at all.
        apart: whether its tunnel, if it has one, is held by another process in any case.

    Raises:
        DeviceLost: it is not attached, or not in that way.
        PairingRequired: it does not trust this host.
        CapabilityMissing: its iOS has no way that needs no root.
    """
    way = Way(identity.name, lambda: transport.open_transport(identity, usbmux, connection, apart=apart))
    try:
        async with Guard(identity.name, "opening the phone", OPEN_S):
            await way.open()
            cellular = await way.provider.get_value(key="TelephonyCapability")
    except BaseException:
        await close_within(identity.name, "the way", way.close())
        raise
    rungs = rungs_of(
        identity,
        connection,
        runs_ahead=clock is not None,
        cellular=cellular is True,
        has_screen=ui is not None,
    )
    return Pmd3Phone(identity, way, Ports(identity, usbmux, connection), clock, rungs, ui)


def parse_row(fields: Mapping[str, Any]) -> ProcessRow:
    """A process as DVT's deviceinfo describes it."""
    started: Any = fields.get("startDate")
    since_2001 = getattr(started, "timestamp", None)
    return ProcessRow(
        pid=int(fields.get("pid") or 0),
        name=str(fields.get("name") or ""),
        bundle_id=str(fields.get("bundleIdentifier") or ""),
        is_application=bool(fields.get("isApplication")),
        started_s=since_2001 + SECONDS_1970_TO_2001 if isinstance(since_2001, int | float) else None,
    )
