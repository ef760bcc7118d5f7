"""The services of the virtual phone: one row each. Sources are sections of virtual-iphone.md."""

from __future__ import annotations

from harness.virtual.services import (
    afc,
    debugserver,
    diagnostics_relay,
    heartbeat,
    house_arrest,
    installation_proxy,
    instruments,
    notification_proxy,
    os_trace_relay,
    syslog_relay,
)
from harness.virtual.transport.offers import ServiceOffer

ROWS: tuple[ServiceOffer, ...] = (
    ServiceOffer("com.apple.afc", afc.serve, "§3, device test-suite"),
    ServiceOffer("com.apple.mobile.house_arrest", house_arrest.serve, "§3, device test-suite"),
    ServiceOffer("com.apple.mobile.installation_proxy", installation_proxy.serve, "§2"),
    ServiceOffer("com.apple.mobile.notification_proxy", notification_proxy.serve, "§3"),
    ServiceOffer("com.apple.mobile.insecure_notification_proxy", notification_proxy.serve, "§3"),
    ServiceOffer("com.apple.mobile.diagnostics_relay", diagnostics_relay.serve, "§2"),
    ServiceOffer("com.apple.mobile.heartbeat", heartbeat.serve, "§7, the list of services"),
    ServiceOffer("com.apple.syslog_relay", syslog_relay.serve, "§2, other clients"),
    ServiceOffer("com.apple.os_trace_relay", os_trace_relay.serve, "§2", from_major=10),
    ServiceOffer(
        "com.apple.instruments.remoteserver.DVTSecureSocketProxy",
        instruments.serve,
        "§1: from 14 on; §6.8: refused from 17 on",
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver.DVTSecureSocketProxy",
        debugserver.serve,
        "guessed from the name of the instruments service",
        from_major=14,
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.debugserver",
        debugserver.serve,
        "documented by every public client",
        to_major=16,
        needs_image=True,
    ),
    ServiceOffer(
        "com.apple.instruments.dtservicehub",
        instruments.serve,
        "§1: from 17 on, no check-in, no TLS",
        from_major=17,
        needs_image=True,
        tunnel_only=True,
    ),
    ServiceOffer(
        "com.apple.internal.dt.remote.debugproxy",
        debugserver.serve,
        "documented by every public client",
        from_major=17,
        needs_image=True,
        tunnel_only=True,
    ),
)
"""Every service, whatever the version."""

SERVICES: dict[str, ServiceOffer] = {row.name: row for row in ROWS}
"""Name -> row."""
