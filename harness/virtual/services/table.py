"""The services of the virtual phone: one row each. Sources are sections of virtual-iphone.md."""

from __future__ import annotations

import importlib

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.coredevice import features
from harness.virtual.transport.offers import Feature, ServiceFactory, ServiceOffer
from harness.virtual.transport.stream import Stream


def _service(module: str) -> ServiceFactory:
    """``serve`` of a service's module, which is imported when the first client comes.

    A rack is ready sooner, and most racks are asked for few services.
    """

    async def serve(phone: VirtualPhone, stream: Stream) -> None:
        await importlib.import_module(f"harness.virtual.services.{module}").serve(phone, stream)

    return serve


ROWS: tuple[ServiceOffer, ...] = (
    ServiceOffer("com.apple.afc", _service("afc"), "§3, device test-suite"),
    ServiceOffer("com.apple.mobile.house_arrest", _service("house_arrest"), "§3, device test-suite"),
    ServiceOffer("com.apple.mobile.installation_proxy", _service("installation_proxy"), "§2"),
    ServiceOffer("com.apple.mobile.notification_proxy", _service("notification_proxy"), "§3"),
    ServiceOffer("com.apple.mobile.insecure_notification_proxy", _service("notification_proxy"), "§3"),
    ServiceOffer("com.apple.mobile.diagnostics_relay", _service("diagnostics_relay"), "§2"),
    ServiceOffer("com.apple.crashreportmover", _service("crashreportmover"), "§2, other clients; §3"),
    ServiceOffer("com.apple.crashreportcopymobile", _service("crashreportcopymobile"), "§3, test-suite"),
    ServiceOffer("com.apple.springboardservices", _service("springboardservices"), "§0, §3"),
    ServiceOffer("com.apple.mobile.mobile_image_mounter", _service("mobile_image_mounter"), "§0, §2"),
    ServiceOffer(
        "com.apple.amfi.lockdown",
        _service("amfi_lockdown"),
        "documented by public clients; Developer Mode is there from 16 on",
        from_major=16,
    ),
    ServiceOffer("com.apple.mobile.heartbeat", _service("heartbeat"), "§7, the list of services"),
    ServiceOffer("com.apple.syslog_relay", _service("syslog_relay"), "§2, other clients"),
    ServiceOffer("com.apple.os_trace_relay", _service("os_trace_relay"), "§2", from_major=10),
    ServiceOffer("com.apple.mobile.MCInstall", _service("mcinstall"), "§2, other clients"),
    ServiceOffer(
        "com.apple.mobile.assertion_agent", _service("assertion_agent"), "pymobiledevice3; public research"
    ),
    ServiceOffer(
        "com.apple.mobile.screenshotr",
        _service("screenshotr"),
        "pymobiledevice3 and libimobiledevice; that it is gone from 17 on is public clients' advice",
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.dt.devicearbitration",
        _service("dtdevicearbitration"),
        "pymobiledevice3; gone on 26, as a public tool has verified; since when is guessed",
        to_major=25,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.instruments.remoteserver.DVTSecureSocketProxy",
        _service("instruments"),
        "§1: from 14 on; §6.8: refused from 17 on",
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.testmanagerd.lockdown.secure",
        _service("testmanagerd"),
        "documented by public clients: from 14 on behind lockdown",
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.dt.testmanagerd.remote",
        _service("testmanagerd"),
        "documented by public clients: from 17 on, no check-in, no TLS",
        from_major=17,
        needs_image=True,
        tunnel_only=True,
    ),
    ServiceOffer(
        "com.apple.dt.simulatelocation",
        _service("simulatelocation"),
        "documented by public clients, which prefer it up to 16",
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver.DVTSecureSocketProxy",
        _service("debugserver"),
        "guessed from the name of the instruments service",
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver",
        _service("debugserver"),
        "documented by every public client",
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.instruments.dtservicehub",
        _service("instruments"),
        "§1: from 17 on, no check-in, no TLS",
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
        "documented by every public client",
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
        "§2; peer info of an iPhone with iOS 18",
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
        "peer info of an iPhone with iOS 18",
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
        "peer info of an iPhone with iOS 18",
        from_major=17,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.mobile.notification_proxy.remote",
        version=1,
    ),
    ServiceOffer(
        "com.apple.mobile.insecure_notification_proxy.remote",
        _service("notification_proxy_remote"),
        "peer info of iPhones with iOS 17 and 18",
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
        from_major=26,
        tunnel_only=True,
        remote_xpc=True,
        entitlement="com.apple.timed.remote",
        version=1,
    ),
)
"""Every service, whatever the version."""

SERVICES: dict[str, ServiceOffer] = {row.name: row for row in ROWS}
"""Name -> row."""
