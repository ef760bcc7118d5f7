"""The services of the virtual phone, and those that it refuses: one row each.

Sources named §n are sections of virtual-iphone.md; the peer info is that of an iPhone with iOS 18 and a
mounted image, published with pymobiledevice3 (misc/RemoteXPC.md). A row that the peer info bears out was seen
on a phone; the versions it begins and ends with may be less well known, and its source then says so.
"""

from __future__ import annotations

import importlib

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.coredevice import features
from harness.virtual.transport.lockdown_errors import Refused
from harness.virtual.transport.offers import Feature, Refusal, ServiceFactory, ServiceOffer
from harness.virtual.transport.stream import Stream
from harness.virtual.versions.row import Standing

_SEEN = Standing.CAPTURED
_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

_PEER_INFO = "peer info of 18"


def _service(module: str) -> ServiceFactory:
    """``serve`` of a service's module, which is imported when the first client comes.

    A rack is ready sooner, and most racks are asked for few services.
    """

    async def serve(phone: VirtualPhone, stream: Stream) -> None:
        await importlib.import_module(f"harness.virtual.services.{module}").serve(phone, stream)

    return serve


ROWS: tuple[ServiceOffer, ...] = (
    ServiceOffer("com.apple.afc", _service("afc"), f"§3; {_PEER_INFO}", _SEEN),
    ServiceOffer("com.apple.mobile.house_arrest", _service("house_arrest"), f"§3; {_PEER_INFO}", _SEEN),
    ServiceOffer(
        "com.apple.mobile.installation_proxy", _service("installation_proxy"), f"§2; {_PEER_INFO}", _SEEN
    ),
    ServiceOffer(
        "com.apple.mobile.notification_proxy", _service("notification_proxy"), f"§3; {_PEER_INFO}", _SEEN
    ),
    ServiceOffer(
        "com.apple.mobile.insecure_notification_proxy",
        _service("notification_proxy"),
        "peer info of 17 and 18",
        _SEEN,
    ),
    ServiceOffer(
        "com.apple.mobile.diagnostics_relay", _service("diagnostics_relay"), f"§2; {_PEER_INFO}", _SEEN
    ),
    ServiceOffer("com.apple.crashreportmover", _service("crashreportmover"), f"§2, §3; {_PEER_INFO}", _SEEN),
    ServiceOffer(
        "com.apple.crashreportcopymobile", _service("crashreportcopymobile"), f"§3; {_PEER_INFO}", _SEEN
    ),
    ServiceOffer(
        "com.apple.springboardservices", _service("springboardservices"), f"§0, §3; {_PEER_INFO}", _SEEN
    ),
    ServiceOffer(
        "com.apple.mobile.mobile_image_mounter",
        _service("mobile_image_mounter"),
        f"§0, §2; {_PEER_INFO}",
        _SEEN,
    ),
    ServiceOffer(
        "com.apple.amfi.lockdown",
        _service("amfi_lockdown"),
        f"{_PEER_INFO}; that it came with Developer Mode in 16 is documented by public clients",
        _SEEN,
        from_major=16,
    ),
    ServiceOffer("com.apple.mobile.heartbeat", _service("heartbeat"), f"§7; {_PEER_INFO}", _SEEN),
    ServiceOffer("com.apple.syslog_relay", _service("syslog_relay"), f"§2; {_PEER_INFO}", _SEEN),
    ServiceOffer(
        "com.apple.os_trace_relay", _service("os_trace_relay"), f"§2; {_PEER_INFO}", _SEEN, from_major=10
    ),
    ServiceOffer("com.apple.mobile.MCInstall", _service("mcinstall"), f"§2; {_PEER_INFO}", _SEEN),
    ServiceOffer("com.apple.misagent", _service("misagent"), _PEER_INFO, _SEEN),
    ServiceOffer(
        "com.apple.mobile.assertion_agent",
        _service("assertion_agent"),
        f"{_PEER_INFO}; pymobiledevice3; public research",
        _SEEN,
    ),
    ServiceOffer(
        "com.apple.mobile.screenshotr",
        _service("screenshotr"),
        "pymobiledevice3 and libimobiledevice",
        _DOC,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.dt.devicearbitration",
        _service("dtdevicearbitration"),
        "pymobiledevice3",
        _DOC,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.instruments.remoteserver.DVTSecureSocketProxy",
        _service("instruments"),
        "§1: from 14 on",
        _DOC,
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.testmanagerd.lockdown.secure",
        _service("testmanagerd"),
        "public clients: from 14 on behind lockdown",
        _DOC,
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.dt.testmanagerd.remote",
        _service("testmanagerd"),
        f"{_PEER_INFO}; public clients: from 17 on, no check-in, no TLS",
        _SEEN,
        from_major=17,
        needs_image=True,
        tunnel_only=True,
    ),
    ServiceOffer(
        "com.apple.dt.simulatelocation",
        _service("simulatelocation"),
        "public clients, which ask it up to 16",
        _DOC,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver.DVTSecureSocketProxy",
        _service("debugserver"),
        "libimobiledevice asks it first; that it came in 14, as that of instruments, is guessed",
        _GUESS,
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver",
        _service("debugserver"),
        "every public client",
        _DOC,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.instruments.dtservicehub",
        _service("instruments"),
        f"{_PEER_INFO}; §1: from 17 on, no check-in, no TLS",
        _SEEN,
        from_major=17,
        needs_image=True,
        tunnel_only=True,
        remote_xpc=None,
        entitlement="com.apple.private.dt.instruments.dtservicehub.client",
        features=(Feature("com.apple.dt.profile"),),
    ),
    ServiceOffer(
        "com.apple.internal.dt.remote.debugproxy",
        _service("debugserver"),
        f"{_PEER_INFO}; every public client",
        _SEEN,
        from_major=17,
        needs_image=True,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.private.CoreDevice.canDebugApplicationsOnDevice",
        version=1,
        features=(Feature("com.apple.coredevice.feature.debugserverproxy"),),
    ),
    ServiceOffer(
        "com.apple.coredevice.appservice",
        _service("coredevice.appservice"),
        f"§2; {_PEER_INFO}",
        _SEEN,
        from_major=17,
        needs_image=True,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.private.CoreDevice.canInstallCustomerContent",
        version=1,
        features=features.APP_SERVICE,
    ),
    ServiceOffer(
        "com.apple.coredevice.deviceinfo",
        _service("coredevice.deviceinfo"),
        _PEER_INFO,
        _SEEN,
        from_major=17,
        needs_image=True,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.private.CoreDevice.canRetrieveDeviceInfo",
        version=1,
        features=features.DEVICE_INFO_SERVICE,
    ),
    ServiceOffer(
        "com.apple.mobile.notification_proxy.remote",
        _service("notification_proxy_remote"),
        _PEER_INFO,
        _SEEN,
        from_major=17,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.mobile.notification_proxy.remote",
        version=1,
    ),
    ServiceOffer(
        "com.apple.mobile.insecure_notification_proxy.remote",
        _service("notification_proxy_remote"),
        "peer info of 17 and 18",
        _SEEN,
        from_major=17,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.mobile.insecure_notification_proxy.remote",
        version=1,
    ),
    ServiceOffer(
        "com.apple.timed.remote",
        _service("timed"),
        "seen by pymobiledevice3 on 27.2, not in the peer info of 18; since when is guessed",
        _GUESS,
        from_major=26,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.timed.remote",
        version=1,
    ),
)
"""Every service, whatever the version."""

REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        "com.apple.instruments.remoteserver",
        Refused.INVALID_SERVICE,
        "§6.8: refused from 14 on, where go-ios asks it first",
        _DOC,
        first=14,
    ),
    Refusal(
        "com.apple.testmanagerd.lockdown",
        Refused.INVALID_SERVICE,
        "public clients, which ask for the secure one from 14 on",
        _DOC,
        first=14,
    ),
    Refusal(
        "com.apple.instruments.remoteserver.DVTSecureSocketProxy",
        Refused.INVALID_SERVICE,
        f"§6.8; missing in {_PEER_INFO}; refused on 17 in public issue threads of py-ios-device",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.testmanagerd.lockdown.secure",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; refused on 18.6 in public issue threads of pymobiledevice3",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.dt.simulatelocation",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; lockdownd's answer on 17.0 and 17.4 in public issue threads of appium",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.dt.devicearbitration",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; it fails on 17.0 in public issue threads of pymobiledevice3",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.mobile.screenshotr",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; that it went in 17 is public clients' advice",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.debugserver.DVTSecureSocketProxy",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; that it went in 17 is documented by public clients",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.debugserver",
        Refused.INVALID_SERVICE,
        f"missing in {_PEER_INFO}; that it went in 17 is documented by public clients",
        _SEEN,
        first=17,
    ),
    Refusal(
        "com.apple.amfi.lockdown",
        Refused.INVALID_SERVICE,
        "there is no Developer Mode before 16; the word is guessed",
        _GUESS,
        last=15,
    ),
    Refusal(
        "com.apple.internal.devicecompute.CoreDeviceProxy",
        Refused.INVALID_SERVICE,
        "lockdownd's answer on 17.0 in public issue threads of idevice; see versions/presence.py for 17",
        _SEEN,
        last=16,
    ),
)
"""What clients ask for that phones of some versions do not have; such a client goes another way."""

SERVICES: dict[str, ServiceOffer] = {row.name: row for row in ROWS}
"""Name -> row."""
