"""The rack's process: read devices.yaml, run the phones, say where they are, end when told or orphaned."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import functools
import importlib.util
import logging
import os
import signal
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from harness.config.places import racks_dir, replace_file, state_dir
from harness.errors import ConfigError, HarnessError
from harness.virtual.address import RackAddress, RackUnreadable, parse_rack_address
from harness.virtual.apps.sample import SAMPLES
from harness.virtual.control_server import ControlServer
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.spec import PhoneSpec
from harness.virtual.leftovers import private_dir, process_runs, sweep_addresses
from harness.virtual.rack import Rack
from harness.virtual.specs import parse_specs, specs_of
from harness.virtual.transport.identity import load_identity
from harness.virtual.wda.bundle import WEB_DRIVER_AGENT

if TYPE_CHECKING:
    from harness.virtual.faults.bench import FaultBench
    from harness.virtual.faults.words import Planned

log = logging.getLogger(__name__)

SPECS_ON_STDIN = "-"
"""In the place of a devices.yaml: what the phones are to be comes on stdin, as ``specs_to_json`` has it."""

PARENT_POLL_S = 0.5
"""Wall seconds between two looks at whether the parent is still there."""

CONTROL_VARIABLE = "HARNESS_CONTROL"
"""Environment variable that, set to ``off``, has racks do without a control socket."""

KEYS_VARIABLE = "HARNESS_VIRTUAL_KEYS"
"""Environment variable that names the file in which racks keep the keys of pairing.

Without it they are in the state directory. Where that is new for each run, as on many a machine of a CI
system, every first rack makes keys, which takes longer than all else that it does to start.
"""

STARTING = "rack-starting.lock"
"""File of the state directory, locked by a rack from its look at which UDIDs are taken until its own are."""

APPS_NAME = "APPS"
"""What a file of apps has to define: a sequence of ``AppBundle``."""


@dataclass(frozen=True)
class ServeOptions:
    """What the process is to do.

    Attributes:
        devices: the devices.yaml, whose virtual phones are run; or ``-``, see ``SPECS_ON_STDIN``.
        apps: a Python file that defines ``APPS``, installed on every phone beside the sample apps, or in
            the place of one where the bundle identifier is the same; or ``None``.
        parent: process whose end ends the rack; or ``None``.
        nonce: makes the UDIDs differ from those of another rack of the same file.
        direct: let phones with RSD be reached on ports of this machine too.
        faults: a script of faults, as ``faults.script`` reads it; or ``None``.
        control: whether there is a control socket.
    """

    devices: Path
    apps: Path | None = None
    parent: int | None = None
    nonce: str = ""
    direct: bool = False
    faults: Path | None = None
    control: bool = field(default_factory=lambda: os.environ.get(CONTROL_VARIABLE) != "off")


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m harness.virtual``; returns the exit status."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(serve(_parse(arguments)))
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parse(arguments: Sequence[str] | None) -> ServeOptions:
    parser = argparse.ArgumentParser(prog="harness virtual")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="run the virtual phones of a devices.yaml")
    command.add_argument("devices", nargs="?", type=Path, default=Path("devices.yaml"))
    command.add_argument("--apps", type=Path, help=f"Python file that defines {APPS_NAME}")
    command.add_argument("--parent", type=int, metavar="PID", help="end when this process does")
    command.add_argument("--nonce", default="", help="part of the phones' UDIDs")
    command.add_argument("--direct", action="store_true", help="RSD on ports of this machine too")
    command.add_argument("--faults", type=Path, metavar="FILE", help="script of faults")
    command.add_argument("--no-control", action="store_true", help="do without a control socket")
    chosen = parser.parse_args(arguments)
    options = ServeOptions(
        chosen.devices, chosen.apps, chosen.parent, chosen.nonce, chosen.direct, chosen.faults
    )
    return replace(options, control=False) if chosen.no_control else options


async def serve(options: ServeOptions) -> None:
    """Run a rack until SIGTERM, SIGINT, the end of its terminal or that of the parent.

    Raises:
        ConfigError: the file has no virtual phone, or something in it, in the apps or in the script of
            faults is wrong.
    """
    script = _script(options.faults)
    apps = (*SAMPLES, WEB_DRIVER_AGENT, *(load_apps(options.apps) if options.apps is not None else ()))
    sweep_addresses()
    with private_dir() as directory, contextlib.ExitStack() as starting:
        specs = _specs(options, starting)
        rack = Rack(specs, load_identity(_keys_path()), directory, apps=apps)
        bench = LateBench(rack)
        control = ControlServer(bench) if options.control else None
        try:
            address = await rack.start()
            if options.direct:
                address = await rack.open_direct(address)
            if control is not None:
                address = replace(address, control=await control.listen(directory / "control"))
            for plan in script:
                bench.made.arrange(plan)
            await _run(address, options, starting)
        finally:
            if control is not None:
                await control.close()
            await rack.close()


def _keys_path() -> Path:
    named = os.environ.get(KEYS_VARIABLE)
    return Path(named) if named else state_dir() / "virtual-identity.json"


class LateBench:
    """The bench of a rack, imported when something is first asked of it: few racks are ever broken.

    Args:
        rack: the rack.
    """

    def __init__(self, rack: Rack) -> None:
        self._rack = rack

    @functools.cached_property
    def made(self) -> FaultBench:
        """The bench."""
        from harness.virtual.faults.bench import FaultBench

        return FaultBench(self._rack)

    def ask(self, fields: Mapping[str, object]) -> Mapping[str, object]:
        """See ``FaultBench.ask``."""
        return self.made.ask(fields)


def _script(path: Path | None) -> tuple[Planned, ...]:
    if path is None:
        return ()
    from harness.virtual.faults.script import load_script

    return load_script(path)


def _specs(options: ServeOptions, starting: contextlib.ExitStack) -> tuple[PhoneSpec, ...]:
    if str(options.devices) == SPECS_ON_STDIN:
        return parse_specs(sys.stdin.read())
    starting.enter_context(_one_at_a_time())
    specs = specs_of(options.devices, nonce=options.nonce)
    if options.nonce or not _taken_udids() & {spec.udid for spec in specs}:
        return specs
    return specs_of(options.devices, nonce=str(os.getpid()))


@contextlib.contextmanager
def _one_at_a_time() -> Generator[None]:
    with (state_dir() / STARTING).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another rack is starting; this one waits until it is ready")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _taken_udids() -> set[str]:
    taken: set[str] = set()
    for path in racks_dir().glob("*.json"):
        # A rack may end meanwhile, and takes its file along.
        with contextlib.suppress(OSError, RackUnreadable):
            rack = parse_rack_address(path.read_text())
            taken |= {phone.udid for phone in rack.phones} if process_runs(rack.pid) else set()
    return taken


async def _run(address: RackAddress, options: ServeOptions, starting: contextlib.ExitStack) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _told_to_end_by():
        loop.add_signal_handler(number, over.set)
    with _published(address):
        starting.close()
        print(address.to_json(), flush=True)
        await _wait(over, options.parent)


def _told_to_end_by() -> tuple[signal.Signals, ...]:
    """The signals that end a rack; that of a closed terminal does not where `nohup` has it ignored."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hangs_up else []))


@contextlib.contextmanager
def _published(address: RackAddress) -> Generator[None]:
    path = racks_dir() / f"{address.pid}.json"
    replace_file(path, address.to_json() + "\n", private=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


async def _wait(over: asyncio.Event, parent: int | None) -> None:
    was_child = os.getppid() == parent
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), PARENT_POLL_S)
        if parent is not None and not _is_there(parent, was_child=was_child):
            return


def _is_there(parent: int, *, was_child: bool) -> bool:
    if was_child:
        # An orphan gets another parent, even while the old one is still a zombie.
        return os.getppid() == parent
    return process_runs(parent)


def load_apps(path: Path) -> tuple[AppBundle, ...]:
    """The apps that a Python file defines under ``APPS``.

    Raises:
        ConfigError: the file cannot be run, or defines no apps.
    """
    spec = importlib.util.spec_from_file_location(f"virtual_apps_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ConfigError("expected a Python file with apps", path=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # Whatever a user's file raises is what is wrong with that file.
        raise ConfigError(f"cannot be run: {type(error).__name__}: {error}", path=str(path)) from error
    found = cast("object", getattr(module, APPS_NAME, None))
    if not isinstance(found, list | tuple):
        raise ConfigError(f"expected {APPS_NAME}, a list of AppBundle", path=str(path))
    apps = tuple(cast("Sequence[object]", found))
    if not all(isinstance(app, AppBundle) for app in apps):
        raise ConfigError(f"{APPS_NAME} holds something that is no AppBundle", path=str(path))
    return cast("tuple[AppBundle, ...]", apps)
