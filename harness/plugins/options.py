"""Command-line options and marks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError
from harness.model.identity import Hardware

if TYPE_CHECKING:
    from harness.config.devices import DeviceEntry, DevicesFile

DEVICE_MARK = (
    "device(each='ios', ios='>=17', name=..., model=..., hardware='real', count=2, **labels): which phone "
    "the test needs, or with count= which phones. each='ios' makes one test per iOS version of the phones in "
    "devices.yaml, and one that ends in an error for each of them that is not attached; all else must match "
    "one phone."
)

DEVICES_MARK = (
    "devices({...}, {...}): which phones the test needs at the same time, for each a dict of what device() "
    "takes; it gets all of them or none, as fixture `devices` in that order."
)

EXITS_MARK = (
    "observe_exits: the phone is asked to push the end of each process of the app. It then holds an "
    "assertion on the process and lifts its memory limit, so whether the app is suspended or jetsammed as "
    "without is not known; without this mark no process is touched."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the harness's options to pytest's."""
    group = parser.getgroup("harness", "iPhones")
    group.addoption(
        "--devices", metavar="FILE", help="devices.yaml with the phones (default: devices.yaml here)"
    )
    group.addoption(
        "--hardware",
        choices=[*Hardware, "any"],
        help="which phones of devices.yaml may be used (default: real ones if it names any)",
    )
    group.addoption(
        "--host",
        metavar="NAME",
        help="use only the phones of devices.yaml that are attached to this host, which is this machine; "
        "without it, phones of a host are reached through its `harness agent`",
    )
    group.addoption(
        "--device-wait",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="how long a test waits for a free phone (default: 300)",
    )
    group.addoption(
        "--timelines", metavar="DIR", help="where to keep each test's timeline (default: pytest's own tmp)"
    )
    group.addoption(
        "--tapes",
        action="store_true",
        help="keep the raw evidence too, beside each timeline: all that the phone told, unredacted",
    )
    group.addoption("--virtual-apps", metavar="FILE", help="Python file with apps for the virtual phones")


@pytest.hookimpl(tryfirst=True)  # before a report says where timelines are kept until it is written
def pytest_configure(config: pytest.Config) -> None:
    """Register the marks.

    Raises:
        pytest.UsageError: tapes are to be kept, and nobody says where.
    """
    config.addinivalue_line("markers", DEVICE_MARK)
    config.addinivalue_line("markers", DEVICES_MARK)
    config.addinivalue_line("markers", EXITS_MARK)
    if config.getoption("--tapes") and not config.getoption("--timelines"):
        raise pytest.UsageError("--tapes needs --timelines DIR: raw evidence is unredacted and in no report")


DEVICES = pytest.StashKey["DevicesFile"]()


def devices_file(config: pytest.Config) -> DevicesFile:
    """The devices.yaml of this run, read once.

    Raises:
        pytest.UsageError: it is missing or malformed; says where and what was expected.
    """
    # Imported here: pydantic and YAML would cost every pytest run on this machine 0.2 s.
    from harness.config.devices import DEFAULT_PATH, load_devices

    if DEVICES not in config.stash:
        named = config.getoption("--devices")
        path = Path(named) if named else config.rootpath / DEFAULT_PATH
        try:
            file = load_devices(path)
            named_host = config.getoption("--host")
            file = file.on(str(named_host)) if named_host else file
        except HarnessError as error:
            raise pytest.UsageError(str(error)) from error
        _check_hardware(config, file)
        config.stash[DEVICES] = file
    return config.stash[DEVICES]


def own_entries(config: pytest.Config) -> tuple[DeviceEntry, ...]:
    """The phones that are attached to this machine, or are started here.

    With ``--host`` that is every phone of the file; without it, a phone of a host is for the host's agent.
    """
    entries = devices_file(config).devices
    return entries if config.getoption("--host") else tuple(one for one in entries if one.host is None)


def wanted_hardware(config: pytest.Config, file: DevicesFile) -> Hardware | None:
    """Which hardware a test gets unless it asks otherwise; ``None`` for any.

    A devices.yaml that names a real phone is about real phones: no test silently falls back to a
    virtual one.
    """
    named = config.getoption("--hardware")
    if named:
        return None if named == "any" else Hardware(named)
    return Hardware.REAL if file.real else None


def _check_hardware(config: pytest.Config, file: DevicesFile) -> None:
    if config.getoption("--hardware") == Hardware.REAL and not file.real:
        raise pytest.UsageError(
            f"{file.path}: --hardware real, and no real phone is in it. "
            "`harness devices --add` writes the entry of each attached phone."
        )
