"""Phones for tests: the rack of virtual ones, this process's desk, and which phone a test gets."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.plugins.attached import ATTACHED_INPUT, attached
from harness.plugins.janitor import DESK
from harness.plugins.options import devices_file, own_entries, wanted_hardware

if TYPE_CHECKING:
    from harness.api.desk import Desk
    from harness.config.devices import DevicesFile
    from harness.farm.inventory import Wanted
    from harness.farm.reach import ReachablePhone
    from harness.runtime.loop import LoopThread
    from harness.virtual.launcher import RunningRack

RACK_INPUT = "harness_rack"
"""Key in xdist's ``workerinput`` under which a worker finds the address of the controller's rack."""

STORE_AGAIN_S = 1.0
"""Wall seconds until a database that did not answer is asked again."""

RACK = pytest.StashKey["RunningRack"]()


@dataclass(frozen=True)
class PhoneChoice:
    """What a test asks of its phone: any one of these will do.

    Attributes:
        wanted: each names phones that would do.
    """

    wanted: tuple[Wanted, ...]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test per iOS version out of a test marked ``device(each="ios")``."""
    mark = metafunc.definition.get_closest_marker("device")
    if mark is None or mark.kwargs.get("each") is None or "phone_choice" not in metafunc.fixturenames:
        return
    if mark.kwargs["each"] != "ios":
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: device(each=...) knows only each='ios'")
    try:
        file = devices_file(metafunc.config)
    except pytest.UsageError:
        # Raised from here it would read like a fault of the test; the end of collection raises it again.
        metafunc.parametrize("phone_choice", [PhoneChoice(())], indirect=True, ids=["no phones"])
        return
    others = {key: value for key, value in mark.kwargs.items() if key not in ("each", "count")}
    try:
        rows = _matrix(metafunc.config, file, others)
    except HarnessError as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {error}") from error
    metafunc.parametrize("phone_choice", list(rows.values()), indirect=True, ids=list(rows))


def _matrix(config: pytest.Config, file: DevicesFile, others: dict[str, Any]) -> dict[str, PhoneChoice]:
    """Id -> choice: one per iOS version, and one per phone that may be meant and whose version nobody knows.

    The latter is a real phone that cannot be reached. Its test ends in an error that says why, because a
    phone that is missing must not pass for one that was tested.
    """
    from harness.config.versions import parse_version
    from harness.farm.inventory import Inventory
    from harness.model.identity import Hardware

    any_version = _choice(config, file, others)
    (wanted,) = any_version.wanted
    seen = () if wanted.hardware is Hardware.VIRTUAL else attached(config).phones
    possible = Inventory.of(file, [phone.identity for phone in seen]).possible(wanted)
    versions = sorted({phone.ios for phone in possible if phone.ios}, key=parse_version)
    rows = {f"ios-{ios}": _choice(config, file, others | {"ios": ios}) for ios in versions}
    away = [phone.name for phone in possible if phone.ios is None]
    rows |= {f"away-{name}": _choice(config, file, others | {"name": name}) for name in away}
    # Without any row pytest would skip the test; with this one it says of each phone why it does not do.
    return rows or {"no-phone": any_version}


def _choice(config: pytest.Config, file: DevicesFile, asked: dict[str, Any]) -> PhoneChoice:
    from harness.config.versions import VersionRange
    from harness.farm.inventory import Wanted
    from harness.model.identity import Hardware

    asked = {key: value for key, value in asked.items() if key != "count"}
    ios, name, hardware = asked.pop("ios", None), asked.pop("name", None), asked.pop("hardware", None)
    wanted = Wanted(
        name=name,
        ios=VersionRange.parse(str(ios)) if ios is not None else None,
        labels={key: str(value) for key, value in asked.items()},
        hardware=Hardware(hardware) if hardware else wanted_hardware(config, file),
    )
    return PhoneChoice((wanted,))


@pytest.fixture
def phone_choice(request: pytest.FixtureRequest) -> PhoneChoice:
    """What the test asks of its phone, by its ``device`` mark; any phone without one."""
    return choices_of(request.node)[0]


def choices_of(item: pytest.Item) -> tuple[PhoneChoice, ...]:
    """What a test asks of each of its phones, by its marks; one phone without any.

    Raises:
        pytest.UsageError: a mark does not say how many phones, or which.
    """
    config = item.config
    several = item.get_closest_marker("devices")
    if several is not None:
        if not several.args or several.kwargs or not all(isinstance(one, dict) for one in several.args):
            raise pytest.UsageError(
                f"{item.nodeid}: expected devices({{...}}, ...) with a dict for each phone"
            )
        return tuple(_choice(config, devices_file(config), dict(one)) for one in several.args)
    mark = item.get_closest_marker("device")
    asked: dict[str, Any] = dict(mark.kwargs) if mark else {}
    count = asked.get("count", 1)
    if not isinstance(count, int) or count < 1:
        raise pytest.UsageError(f"{item.nodeid}: expected device(count=...) with a number of phones")
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    chosen: PhoneChoice | None = parameters.get("phone_choice")
    return (chosen or _choice(config, devices_file(config), asked),) * count


def pytest_collection_finish(session: pytest.Session) -> None:
    """Read devices.yaml once it is known that a phone is wanted, so that a mistake in it ends the run.

    Raises:
        pytest.UsageError: it is missing or malformed, or has no phone of the hardware asked for.
    """
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and any("phone_choice" in getattr(item, "fixturenames", ()) for item in session.items):
        devices_file(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker what is attached and where the controller's rack is, started for the first one."""
    config: pytest.Config = node.config
    if not config.getoption("--devices"):
        return
    file = devices_file(config)
    try:
        node.workerinput[ATTACHED_INPUT] = attached(config).to_json()
        if _to_start(config):
            node.workerinput[RACK_INPUT] = _rack(config, file).address.to_json()
    except HarnessError as error:
        pytest.exit(explain(error), returncode=pytest.ExitCode.TESTS_FAILED)


def _rack(config: pytest.Config, file: DevicesFile) -> RunningRack:
    from pathlib import Path

    from harness.virtual.launcher import start_rack

    if RACK not in config.stash:
        apps = config.getoption("--virtual-apps")
        nonce = f"{os.getpid()}"
        names = _to_start(config)
        config.stash[RACK] = start_rack(
            file.path, apps=Path(apps) if apps else None, nonce=nonce, names=names
        )
    return config.stash[RACK]


def _to_start(config: pytest.Config) -> frozenset[str]:
    """The virtual phones that this run starts, by name; those of another host are started by its agent."""
    return frozenset(entry.name for entry in own_entries(config) if entry.virtual)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the rack with the run."""
    rack = config.stash.get(RACK, None)
    if rack:
        rack.stop()


@pytest.fixture(scope="session")
def harness_loop() -> Iterator[LoopThread]:
    """The loop that phones and the origin live on, for the length of the run."""
    from harness.runtime.loop import LoopThread

    with LoopThread() as loop:
        yield loop


@pytest.fixture(scope="session")
def desk(pytestconfig: pytest.Config, harness_loop: LoopThread) -> Iterator[Desk]:
    """This process's place at the farm; gives its phone back at the end of the run.

    pytest makes it once, so a database that is away then is waited for, as a phone is: every later test of
    this process would end in the same error.
    """
    from harness.errors import StoreUnavailable

    deadline_s = time.monotonic() + float(str(pytestconfig.getoption("--device-wait")))
    made: Desk | None = None
    while made is None:
        try:
            made = _desk(pytestconfig, harness_loop)
        except StoreUnavailable:
            if time.monotonic() > deadline_s:
                raise
            threading.Event().wait(STORE_AGAIN_S)
    pytestconfig.stash[DESK] = made
    yield made
    made.close()


def _desk(config: pytest.Config, loop: LoopThread) -> Desk:
    """A desk, with what went with phones that are gone forgotten.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    from harness.api.desk import Desk
    from harness.api.janitor import janitor
    from harness.farm.leases.store import LeaseStore
    from harness.farm.reach import rack_phones
    from harness.plugins.ui import ui_wish

    file = devices_file(config)
    seen = attached(config)
    reach = (*_rack_phones(config, file), *seen.phones)
    guard, wish, host = janitor(file.path), ui_wish(config), str(config.getoption("--host") or "")
    store = LeaseStore.of(file.store)
    try:
        made = Desk(loop, file, reach, store, _holder_name(config), seen.silent, guard, wish, host)
        store.forget_gone({phone.identity.udid for phone in rack_phones()})
    except BaseException:
        store.close()
        raise
    return made


def _rack_phones(config: pytest.Config, file: DevicesFile) -> tuple[ReachablePhone, ...]:
    from harness.farm.reach import phones_of
    from harness.virtual.address import parse_rack_address

    if not _to_start(config):
        return ()
    told: dict[str, str] = getattr(config, "workerinput", {})
    return phones_of(
        parse_rack_address(told[RACK_INPUT]) if RACK_INPUT in told else _rack(config, file).address
    )


def _holder_name(config: pytest.Config) -> str:
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    return f"pytest {worker}".strip()


def explain(error: HarnessError) -> str:
    """An error of rack or configuration, as a test's setup reports it."""
    return f"{type(error).__name__}: {error}"
