"""What does not pass, per transport, and how many tests do."""

from __future__ import annotations

from dataclasses import dataclass

from tests.virtual.judges.pymobiledevice3_suite.expected import Expected
from tests.virtual.judges.pymobiledevice3_suite.outcome import Outcome
from tests.virtual.judges.pymobiledevice3_suite.transports import RSD, TUNNEL, USBMUX, Transport


@dataclass(frozen=True)
class Judgement:
    """What is expected of the suite on one transport.

    Attributes:
        transport: the way to the phone.
        rows: the tests that do not pass.
        passing: how many pass.
        reads_all: whether every file of the suite is read, and not only ``FILES``.
    """

    transport: Transport
    rows: tuple[Expected, ...]
    passing: int
    reads_all: bool = False


_INSTRUMENTS = "tests/services/instruments"
_CHANNEL = "Unable to open channel"
_ONLY_BY_RSD = "requires an RSD tunnel"
_NOT_OFFERED = "The device does not offer"

NOT_COLLECTED: tuple[tuple[str, str], ...] = (
    (
        "tests/services/test_web_protocol/test_protocol_conformance.py",
        "needs no phone, and reads files of the repository that the source distribution leaves out",
    ),
)
"""File, and why it is not even read."""

FILES: tuple[str, ...] = (
    "tests/cli/developer/dvt/sysmon/test_process.py",
    "tests/remote/core_device/test_file_service.py",
    "tests/remote/core_device/test_icon_service.py",
    "tests/remote/test_remote_service_discovery.py",
    "tests/services/instruments/test_core_profile_session.py",
    "tests/services/instruments/test_dtx_open_channel.py",
    "tests/services/instruments/test_dvt_provider.py",
    "tests/services/instruments/test_fetch_symbols.py",
    "tests/services/instruments/test_graphics.py",
    "tests/services/instruments/test_location.py",
    "tests/services/instruments/test_memory.py",
    "tests/services/instruments/test_network_statistics.py",
    "tests/services/instruments/test_screenshot.py",
    "tests/services/instruments/test_stackshot.py",
    "tests/services/test_accessibility.py",
    "tests/services/test_afc.py",
    "tests/services/test_afc_shell.py",
    "tests/services/test_apps.py",
    "tests/services/test_backup2.py",
    "tests/services/test_crash_reports.py",
    "tests/services/test_cryptexd.py",
    "tests/services/test_house_arrest.py",
    "tests/services/test_install_coordination_proxy.py",
    "tests/services/test_list_devices.py",
    "tests/services/test_lockdown.py",
    "tests/services/test_mobile_image_mounter.py",
    "tests/services/test_notification_proxy.py",
    "tests/services/test_notification_proxy_remote.py",
    "tests/services/test_pcapd.py",
    "tests/services/test_springboard_services_relay.py",
    "tests/services/test_storage_mounter_bridge.py",
    "tests/services/test_syslog_relay.py",
    "tests/services/test_timesync.py",
    "tests/services/test_web_protocol/test_cdp_server.py",
    "tests/services/test_web_protocol/test_driver.py",
    "tests/services/test_web_protocol/test_element.py",
    "tests/services/test_webinspector.py",
    "tests/services/test_xcuitest.py",
    "tests/services/test_xcuitest_filter.py",
)
"""The files with tests that need a phone. Reading all of the others takes longer than running these, so it is
done on one transport only, which finds out whether one is missing here."""

NOT_RUN: tuple[tuple[str, str], ...] = (
    ("tests/services/test_bonjour.py", "looks for phones in this host's network"),
    ("tests/services/test_start_tunnel.py", "looks for phones in this host's network"),
)
"""File or test, and why it is not run."""

IDLE_CONNECTION = "tests/services/test_lockdown.py::test_lockdown_reconnect"
"""Sleeps for 65 s, so it is run for itself, beside everything else."""

FIXED_PORT = "tests/services/test_tcp_forwarder.py"
"""Listens on a port of this host that is written in it, so that only one run may do it at a time."""


def _skipped(pattern: str, says: str, reason: str) -> Expected:
    return Expected(pattern, Outcome.SKIPPED, reason, says)


def _failed(pattern: str, says: str, reason: str) -> Expected:
    return Expected(pattern, Outcome.FAILED, reason, says)


_BY_THE_SUITE = (
    # Skipped for everybody, or until somebody brings what they need.
    _skipped(f"{_INSTRUMENTS}/test_dvt_provider.py::test_observe", "brittle", "the suite never runs it"),
    _skipped(
        "tests/services/test_xcuitest.py", "No XCUITest configurations", "needs an app built with Xcode"
    ),
    _skipped(
        "tests/services/test_xcuitest_filter.py",
        "No XCUITest configurations",
        "needs an app built with Xcode",
    ),
)

_INSTRUMENTS_NOT_BUILT = (
    # Channels that look into a process or the kernel; the virtual iPhone has neither.
    _failed(f"{_INSTRUMENTS}/test_core_profile_session.py", _CHANNEL, "no kernel trace"),
    _failed(f"{_INSTRUMENTS}/test_stackshot.py", _CHANNEL, "no kernel trace"),
    _failed(f"{_INSTRUMENTS}/test_graphics.py", _CHANNEL, "no graphics processor"),
    _failed(f"{_INSTRUMENTS}/test_memory.py", _CHANNEL, "no memory of processes"),
    _failed(f"{_INSTRUMENTS}/test_network_statistics.py", _CHANNEL, "no counters of connections"),
)

_SERVICES_NOT_BUILT = (
    # Lockdown services that the harness has no use for. The suite takes a service that is not there for one
    # that needs a tunnel, and skips.
    _skipped("tests/services/test_accessibility.py", _ONLY_BY_RSD, "no accessibility audit"),
    _skipped("tests/services/test_backup2.py", _ONLY_BY_RSD, "no backup"),
    _skipped("tests/services/test_pcapd.py", _ONLY_BY_RSD, "no packets to capture"),
    _skipped("tests/services/test_webinspector.py", _ONLY_BY_RSD, "no web pages"),
    _skipped("tests/services/test_web_protocol", _ONLY_BY_RSD, "no web pages"),
)

_STATE_OF_NOTIFICATIONS = "tests/services/test_notification_proxy_remote.py"

_BEFORE_RSD = (
    # What only RSD has, which there is from iOS 17 on.
    _skipped("tests/remote/core_device/test_file_service.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/remote/core_device/test_icon_service.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/remote/test_remote_service_discovery.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped(f"{_INSTRUMENTS}/test_fetch_symbols.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/services/test_cryptexd.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/services/test_install_coordination_proxy.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped(_STATE_OF_NOTIFICATIONS, _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/services/test_storage_mounter_bridge.py", _ONLY_BY_RSD, "iOS 17"),
    _skipped("tests/services/test_timesync.py", _ONLY_BY_RSD, "iOS 17"),
)

_REMOTE_NOT_BUILT = (
    # RemoteXPC services that the harness has no use for.
    _failed("tests/remote/core_device/test_file_service.py", _NOT_OFFERED, "no CoreDevice files"),
    _failed("tests/remote/core_device/test_icon_service.py", _NOT_OFFERED, "no CoreDevice icons"),
    _failed(f"{_INSTRUMENTS}/test_fetch_symbols.py", _NOT_OFFERED, "no symbols"),
    _failed("tests/services/test_cryptexd.py", _NOT_OFFERED, "no cryptexes"),
    _failed("tests/services/test_install_coordination_proxy.py", _NOT_OFFERED, "no other installer"),
    _failed("tests/services/test_storage_mounter_bridge.py", _NOT_OFFERED, "no other image mounter"),
)

_YOUNGER = (
    # What came later than the phone that is judged.
    _failed("tests/services/test_timesync.py", _NOT_OFFERED, "seen on iOS 27; 18 does not have it"),
    _skipped(
        f"{_STATE_OF_NOTIFICATIONS}::test_state_is_held_while_the_setter_is_connected_on_device",
        "requires iOS 27.2",
        "the phone is older",
    ),
)

_EVERYWHERE = (*_BY_THE_SUITE, *_INSTRUMENTS_NOT_BUILT, *_SERVICES_NOT_BUILT)
_FROM_IOS_17 = (*_EVERYWHERE, *_REMOTE_NOT_BUILT, *_YOUNGER)

JUDGEMENTS: tuple[Judgement, ...] = (
    Judgement(USBMUX, (*_EVERYWHERE, *_BEFORE_RSD), 149, reads_all=True),
    Judgement(TUNNEL, _FROM_IOS_17, 151),
    Judgement(RSD, _FROM_IOS_17, 151),
)
"""Every transport that is judged."""
