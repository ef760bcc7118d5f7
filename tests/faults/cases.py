"""Every service of the virtual phone, each with its honest clients."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.services.table import ROWS
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.lockdownd import LockdownSession
from harness.virtual.transport.offers import CORE_DEVICE_PROXY, TRUSTED_LOCKDOWN, ServiceOffer
from harness.virtual.transport.rsd import RSD_PORT, Rsd
from harness.virtual.transport.stream import Stream
from harness.virtual.transport.tunnel import Tunnel, tunnel_addresses
from tests.faults import talks, talks_dtx, talks_remote
from tests.faults.bench import Case, Serve
from tests.faults.damage import Talk

TALKS: Mapping[str, Talk] = {
    "com.apple.afc": talks.AFC,
    "com.apple.mobile.house_arrest": talks.HOUSE_ARREST,
    "com.apple.mobile.installation_proxy": talks.INSTALLATION,
    "com.apple.mobile.notification_proxy": talks.NOTIFICATIONS,
    "com.apple.mobile.insecure_notification_proxy": talks.NOTIFICATIONS,
    "com.apple.mobile.diagnostics_relay": talks.DIAGNOSTICS,
    "com.apple.crashreportmover": talks.MOVER,
    "com.apple.crashreportcopymobile": talks.AFC,
    "com.apple.springboardservices": talks.SPRINGBOARD,
    "com.apple.mobile.mobile_image_mounter": talks.MOUNTER,
    "com.apple.amfi.lockdown": talks.AMFI,
    "com.apple.mobile.heartbeat": talks.HEARTBEAT,
    "com.apple.syslog_relay": talks.SYSLOG,
    "com.apple.os_trace_relay": talks.OS_TRACE,
    "com.apple.mobile.MCInstall": talks.MCINSTALL,
    "com.apple.misagent": talks.MISAGENT,
    "com.apple.mobile.assertion_agent": talks.ASSERTIONS,
    "com.apple.mobile.screenshotr": talks.SCREENSHOTR,
    "com.apple.dt.devicearbitration": talks.ARBITRATION,
    "com.apple.instruments.remoteserver.DVTSecureSocketProxy": talks_dtx.INSTRUMENTS,
    "com.apple.testmanagerd.lockdown.secure": talks_dtx.TESTMANAGERD,
    "com.apple.dt.testmanagerd.remote": talks_dtx.TESTMANAGERD,
    "com.apple.dt.simulatelocation": talks.LOCATION,
    "com.apple.debugserver.DVTSecureSocketProxy": talks.DEBUGSERVER,
    "com.apple.debugserver": talks.DEBUGSERVER,
    "com.apple.instruments.dtservicehub": talks_dtx.INSTRUMENTS,
    "com.apple.internal.dt.remote.debugproxy": talks.DEBUGSERVER,
    "com.apple.coredevice.appservice": talks_remote.APP_SERVICE,
    "com.apple.coredevice.deviceinfo": talks_remote.DEVICE_INFO,
    "com.apple.mobile.notification_proxy.remote": talks_remote.NOTIFICATIONS,
    "com.apple.mobile.insecure_notification_proxy.remote": talks_remote.NOTIFICATIONS,
    "com.apple.timed.remote": talks_remote.TIMED,
}
"""Name of a service -> how its honest clients talk."""


def _of_row(row: ServiceOffer) -> Case:
    async def serve(end: DeviceEnd, stream: Stream) -> None:
        await row.serve(end.phone, stream)

    return Case(row.name, lambda _: TALKS[row.name], serve, "26.0" if row.tunnel_only else "16.7")


def _lockdown(*, over_tunnel: bool) -> Serve:
    async def serve(end: DeviceEnd, stream: Stream) -> None:
        await LockdownSession(end, stream, over_tunnel=over_tunnel).serve()

    return serve


async def _rsd(end: DeviceEnd, stream: Stream) -> None:
    await Rsd(end).serve_list(stream)


async def _checked_in(end: DeviceEnd, stream: Stream) -> None:
    serve = Rsd(end).named(TRUSTED_LOCKDOWN)
    assert serve is not None
    await serve(stream)


async def _tunnel(end: DeviceEnd, stream: Stream) -> None:
    await Tunnel(stream, tunnel_addresses(end.udid), Rsd(end).listener, RSD_PORT).serve()


def _lockdown_talk(end: DeviceEnd) -> Talk:
    return talks_remote.lockdown(end.pair_record())


def _checked_in_talk(end: DeviceEnd) -> Talk:
    return Talk((talks_remote.CHECK_IN,), _lockdown_talk(end).frames, b"StartService")


CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        *(_of_row(row) for row in ROWS if row.name in TALKS),
        Case("lockdownd", _lockdown_talk, _lockdown(over_tunnel=False)),
        Case("lockdownd, trusted", _lockdown_talk, _lockdown(over_tunnel=True)),
        Case("RSD", lambda _: talks_remote.RSD, _rsd, "18.5"),
        Case("RSD check-in", _checked_in_talk, _checked_in, "18.5"),
        Case(CORE_DEVICE_PROXY, lambda end: talks_remote.tunnel(tunnel_addresses(end.udid)), _tunnel, "18.5"),
    )
}
"""Name -> case."""
