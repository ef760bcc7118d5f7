"""What a driver offers: small capabilities of a few verbs each, and the phone that has them.

Drivers implement these; everything above speaks only to them. Every method has a protective deadline
in wall time and raises a ``DeviceError`` that names the phone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from harness.model.identity import PhoneIdentity
from harness.model.raw import (
    DarwinNotice,
    InstalledApp,
    LogRead,
    ProcessExit,
    ProcessRow,
    ReportFile,
    Setting,
    StateNotice,
)
from harness.model.rungs import Rung
from harness.model.screen import UserInterface
from harness.model.time import PhoneClock


class ProcessControl(Protocol):
    """Starting and ending processes, without a debugger."""

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        """Launch or bring to the foreground, as a person would; returns the pid.

        Raises:
            AppNotInstalled: no such app.
            DeviceLocked: the phone is locked.
        """
        ...

    async def signal(self, pid: int, number: int) -> None:
        """Send a signal and wait until the phone has acted on it (accepted: 9, 15, 17, 19)."""
        ...

    async def pid_of(self, bundle_id: str) -> int | None:
        """The pid of the running app, or ``None``."""
        ...

    async def processes(self) -> tuple[ProcessRow, ...]:
        """The process list."""
        ...


class Container(Protocol):
    """The data container of one app, read and written without launching the app.

    Paths are relative to the container, such as ``Documents/harness-journal.jsonl``.
    """

    async def size_bytes(self, path: str) -> int | None:
        """The size of a file, or ``None`` when there is none."""
        ...

    async def read(self, path: str, offset: int = 0) -> bytes:
        """The bytes of a file from ``offset`` on; empty when there is no such file."""
        ...

    async def write(self, path: str, data: bytes) -> None:
        """Write a whole file, replacing it."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file; not being there is no error."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


class StateStream(Protocol):
    """Application states, pushed by the phone on an ordered connection."""

    def __aiter__(self) -> AsyncIterator[StateNotice]:
        """Notices in the order the phone sent them; ends when the connection is gone."""
        ...

    async def round_trip(self) -> None:
        """Return when all that the phone pushed before this call has been yielded."""
        ...

    async def close(self) -> None:
        """Stop the stream."""
        ...


class LogStream(Protocol):
    """The phone's live log."""

    def __aiter__(self) -> AsyncIterator[LogRead]:
        """The bytes of each read, in order, for a ``LogDecoder``; ends when the connection is gone."""
        ...

    async def close(self) -> None:
        """Stop the stream."""
        ...


class ProcessEvents(Protocol):
    """The ends of processes, pushed by the phone for those that are observed.

    Not neutral: a phone holds a developer tools' assertion on a process for as long as it is observed, and
    nobody has seen yet whether that keeps it from being suspended.
    """

    def __aiter__(self) -> AsyncIterator[ProcessExit]:
        """Ends in the order the phone sent them; stops when the connection is gone."""
        ...

    async def observe(self, pid: int) -> None:
        """Ask for the end of a process; returns once the phone confirmed that it observes one that runs.

        Raises:
            AppNotRunning: it has ended already; the phone may tell of that end or not.
        """
        ...

    async def round_trip(self) -> None:
        """Return when all that the phone pushed before this call has been yielded."""
        ...

    async def close(self) -> None:
        """Stop observing."""
        ...


class DarwinStream(Protocol):
    """Darwin notifications of chosen names, relayed by the phone."""

    def __aiter__(self) -> AsyncIterator[DarwinNotice]:
        """Notifications in the order the phone relayed them; ends when the connection is gone."""
        ...

    async def round_trip(self) -> None:
        """Return when a sentinel posted by this call came back, and with it all that was relayed before."""
        ...

    async def close(self) -> None:
        """Stop the stream."""
        ...


class ReportStore(Protocol):
    """Crash and jetsam reports that the phone keeps. Durable: what was missed is read later."""

    async def flush(self) -> None:
        """Have the phone move what it has just written to where it can be read."""
        ...

    async def files(self) -> tuple[ReportFile, ...]:
        """What is there."""
        ...

    async def read(self, name: str) -> bytes:
        """One report, whole; empty when it is gone."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


class AttachedDebugger(Protocol):
    """A debugger that is attached to one process."""

    async def detach(self) -> None:
        """Let the process go on without it."""
        ...


class Induced(Protocol):
    """A condition that the phone simulates for as long as nobody stops it, or loses the connection to it."""

    async def lasts(self) -> bool:
        """Whether the phone still simulates it, as asked over the connection that holds it.

        Raises:
            DeviceLost: that connection is gone, and the condition with it.
        """
        ...

    async def stop(self) -> None:
        """Stop simulating it; one that has ended already, or whose phone is gone, is no error."""
        ...


@runtime_checkable
class ProfileHost(Protocol):
    """A phone that configuration profiles can be put on."""

    async def install_profile(self, profile: bytes) -> None:
        """Hand it a profile; one that nobody supervises waits for its user's consent.

        Raises:
            CommandRefused: it takes none such.
        """
        ...

    async def remove_profile(self, identifier: str) -> None:
        """Take a profile off; one that is not there is no error."""
        ...


class RunnerHost(Protocol):
    """What working a phone's screen takes of a phone: a UI test runner that runs, and the port it serves."""

    async def start_runner(self, bundle_id: str, environment: Mapping[str, str]) -> int:
        """Start a UI test runner that does not come to the front, in place of one that runs; returns its pid.

        Raises:
            AppNotInstalled: it is not on the phone.
            DeviceLocked: the phone is locked.
        """
        ...

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection to a TCP port that a process of the phone listens at.

        Raises:
            CommandRefused: nothing listens there.
        """
        ...

    async def pid_of(self, bundle_id: str) -> int | None:
        """The pid of a running app, or ``None``."""
        ...

    async def signal(self, pid: int, number: int) -> None:
        """Send a signal to a process."""
        ...


class Phone(ProcessControl, Protocol):
    """One phone, opened by a driver."""

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        ...

    @property
    def clock(self) -> PhoneClock:
        """Its clock."""
        ...

    @property
    def rungs(self) -> frozenset[Rung]:
        """What it offers beyond what every phone does.

        Whether apps that a rung takes are installed is not in it: see ``harness.api.rungs``.
        """
        ...

    @property
    def ui(self) -> UserInterface:
        """Its screen.

        Raises:
            CapabilityMissing: nothing here works it.
        """
        ...

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        """What is installed under a bundle identifier, or ``None``."""
        ...

    async def apps(self) -> tuple[InstalledApp, ...]:
        """The user's apps."""
        ...

    async def container(self, bundle_id: str) -> Container:
        """Open the data container of an app.

        Raises:
            AppNotInstalled: no such app.
            CapabilityMissing: the app's container is not readable (not development-signed, no file sharing).
        """
        ...

    async def post_darwin(self, name: str) -> None:
        """Post a Darwin notification on the phone."""
        ...

    async def states(self) -> StateStream:
        """Start the application-state stream; returns once the phone confirmed it."""
        ...

    async def log(self) -> LogStream:
        """Start the live log; returns once the phone confirmed it."""
        ...

    async def provoke_log(self) -> None:
        """Do something harmless that the phone logs, so that a quiet log shows how far it has come."""
        ...

    async def process_events(self) -> ProcessEvents:
        """Start to observe the ends of processes.

        Raises:
            CapabilityMissing: the phone does not offer it.
        """
        ...

    async def darwin(self, names: Sequence[str]) -> DarwinStream:
        """Start to relay Darwin notifications; returns once the phone confirmed it."""
        ...

    async def reports(self) -> ReportStore:
        """Open the store of crash and jetsam reports."""
        ...

    async def settings(self) -> tuple[Setting, ...]:
        """Read back the settings and conditions that the phone tells without its screen."""
        ...

    async def log_archive(self, since_s: float) -> bytes:
        """What the phone has kept of its log: a tar of a log archive, which the ``log`` of a Mac reads.

        Args:
            since_s: from when on, phone time.
        """
        ...

    async def attach_debugger(self, pid: int) -> AttachedDebugger:
        """Attach a debugger to a process and let it run on; iOS then never suspends it.

        Raises:
            CapabilityMissing: the phone offers no debugserver, or the app may not be debugged.
        """
        ...

    async def set_wifi(self, on: bool) -> None:
        """Switch Wi-Fi by the configuration service; returns once the phone has confirmed it.

        Raises:
            SetupImpossible: the phone is reached by network, which that would cut.
            CapabilityMissing: the phone has no such service.
        """
        ...

    async def induce(self, condition: str) -> Induced:
        """Have the phone simulate a condition, such as ``SlowNetwork100PctLoss``, in place of another one.

        Raises:
            CapabilityMissing: the phone knows no such condition; names those it knows.
        """
        ...

    async def stop_inducing(self) -> None:
        """End whatever condition the phone simulates, whoever asked for it; none is no error."""
        ...

    async def simulate_location(self, latitude: float, longitude: float) -> None:
        """Have the phone believe that it is somewhere, in degrees, until ``stop_simulating_location``.

        Raises:
            CapabilityMissing: the phone does not offer it.
        """
        ...

    async def stop_simulating_location(self) -> None:
        """Have the phone know again where it is; one that simulates nothing is no error."""
        ...

    async def upgrade(self, package: Path) -> None:
        """Install another build over an app that is installed; its data stays.

        Args:
            package: an ``.ipa``, or the directory of an ``.app``.

        Raises:
            CommandRefused: the phone does not take it; says why.
        """
        ...

    async def reboot(self) -> None:
        """Restart the phone; returns once it is back and answers, its developer image not mounted.

        Raises:
            DeviceLost: it did not come back in time.
        """
        ...

    async def mount_image(self) -> None:
        """Mount the developer image, without which a phone offers no developer services.

        One that is mounted is no error.

        Raises:
            DeviceLocked: the phone has not been unlocked since it was started.
            CommandRefused: there is none for its iOS, or the phone refuses it.
        """
        ...

    async def close(self) -> None:
        """Close everything that was opened."""
        ...
