"""Every message that the virtual iPhone answers, taken from the tables by which it does."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.virtual.services import debugserver
from harness.virtual.services.instruments import CHANNELS
from harness.virtual.services.support import afc_session
from harness.virtual.services.support.dtx_session import CONTROL_MESSAGES
from harness.virtual.services.support.dvt_channel import DvtChannel
from harness.virtual.services.testmanagerd import DaemonConnection
from harness.virtual.transport import lockdownd, mux_client
from harness.virtual.transport.conversation import (
    CONNECTED,
    LOCKDOWN,
    PROCESS_PORT,
    RSD,
    USBMUX,
    Question,
)
from harness.virtual.transport.rsd import HANDSHAKE
from harness.virtual.wda import routes
from harness.virtual.wda.server import WDA
from harness.wire.afc_numbers import AfcOp

PLIST_SERVICES: Mapping[str, tuple[str, ...]] = {
    "amfi_lockdown": ("com.apple.amfi.lockdown",),
    "assertion_agent": ("com.apple.mobile.assertion_agent",),
    "coredevice.appservice": ("com.apple.coredevice.appservice",),
    "coredevice.deviceinfo": ("com.apple.coredevice.deviceinfo",),
    "diagnostics_relay": ("com.apple.mobile.diagnostics_relay",),
    "dtdevicearbitration": ("com.apple.dt.devicearbitration",),
    "house_arrest": ("com.apple.mobile.house_arrest",),
    "installation_proxy": ("com.apple.mobile.installation_proxy",),
    "mcinstall": ("com.apple.mobile.MCInstall",),
    "misagent": ("com.apple.misagent",),
    "mobile_image_mounter": ("com.apple.mobile.mobile_image_mounter",),
    "notification_proxy": (
        "com.apple.mobile.notification_proxy",
        "com.apple.mobile.insecure_notification_proxy",
    ),
    "notification_proxy_remote": (
        "com.apple.mobile.notification_proxy.remote",
        "com.apple.mobile.insecure_notification_proxy.remote",
    ),
    "os_trace_relay": ("com.apple.os_trace_relay",),
    "screenshotr": ("com.apple.mobile.screenshotr",),
    "springboardservices": ("com.apple.springboardservices",),
    "timed": ("com.apple.timed.remote",),
}
"""Module of a service whose ``MESSAGES`` are its requests -> the names it goes by."""

WITHOUT_MESSAGES: Mapping[str, str] = {
    "com.apple.afc": "speaks AFC",
    "com.apple.crashreportcopymobile": "speaks AFC",
    "com.apple.crashreportmover": "says `ping` and is done",
    "com.apple.debugserver": "speaks the remote protocol of gdb",
    "com.apple.debugserver.DVTSecureSocketProxy": "speaks the remote protocol of gdb",
    "com.apple.internal.dt.remote.debugproxy": "speaks the remote protocol of gdb",
    "com.apple.dt.simulatelocation": "reads a place in binary, or that there is none",
    "com.apple.dt.testmanagerd.remote": "speaks DTX",
    "com.apple.instruments.dtservicehub": "speaks DTX",
    "com.apple.instruments.remoteserver.DVTSecureSocketProxy": "speaks DTX",
    "com.apple.mobile.heartbeat": "says Marco and hears Polo",
    "com.apple.syslog_relay": "sends lines",
    "com.apple.testmanagerd.lockdown.secure": "speaks DTX",
}
"""Services without requests of their own -> what they do instead."""


@dataclass(frozen=True)
class Speech:
    """What is spoken under one name.

    Attributes:
        title: of its part of the ledger.
        questions: its messages.
    """

    title: str
    questions: tuple[Question, ...]


def spoken() -> Iterator[Speech]:
    """Every protocol and service that has messages, in the order of the ledger."""
    yield Speech("usbmuxd", _under(USBMUX, mux_client.MESSAGES))
    yield Speech("lockdownd", _under(LOCKDOWN, lockdownd.MESSAGES))
    for module, names in PLIST_SERVICES.items():
        table = importlib.import_module(f"harness.virtual.services.{module}").MESSAGES
        for name in names:
            yield Speech(f"`{name}`", _under(name, table))
    for name, what in WITHOUT_MESSAGES.items():
        yield Speech(f"`{name}`, which {what}", (Question(name, CONNECTED),))
    yield Speech("RSD, which lists the services behind a tunnel", (Question(RSD, HANDSHAKE),))
    yield Speech("A port that a process opened itself", (Question(PROCESS_PORT, CONNECTED),))
    yield Speech("WebDriverAgent, by HTTP", _under(WDA, routes.MESSAGES))
    yield Speech("The remote protocol of gdb", _under(debugserver.GDB, debugserver.MESSAGES))
    yield Speech("AFC", tuple(Question(afc_session.AFC, _camel(op)) for op in afc_session.MESSAGES))
    yield Speech("DTX, on every connection", _under("DTX", CONTROL_MESSAGES))
    for kind in (*CHANNELS.values(), DaemonConnection):
        yield Speech(f"DTX channel `{kind.identifier}`", _under(kind.identifier, _methods(kind)))


def _under(service: str, messages: Mapping[str, object]) -> tuple[Question, ...]:
    return tuple(Question(service, message) for message in messages)


def _camel(operation: int) -> str:
    return AfcOp(operation).name.title().replace("_", "")


def _methods(kind: type[DvtChannel]) -> Mapping[str, object]:
    # The table names bound methods only, so it can be read without a phone.
    return object.__new__(kind).methods()
