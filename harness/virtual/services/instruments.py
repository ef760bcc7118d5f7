"""The instruments server: DTX with one channel per DVT service.

From iOS 14 to 16 behind lockdown, with TLS kept; from 17 on as dtservicehub behind the tunnel.
Source: virtual-iphone.md §1 and §6.8.
"""

from __future__ import annotations

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.dvt.applictionlisting import ApplicationListing
from harness.virtual.services.dvt.conditioninducer import ConditionInducer
from harness.virtual.services.dvt.deviceinfo import DeviceInfo
from harness.virtual.services.dvt.locationsimulation import LocationSimulation
from harness.virtual.services.dvt.mobilenotifications import MobileNotifications
from harness.virtual.services.dvt.processcontrol import ProcessControl
from harness.virtual.services.dvt.screenshot import Screenshot
from harness.virtual.services.dvt.sysmontap import Sysmontap
from harness.virtual.services.support.dtx_session import DtxSession
from harness.virtual.services.support.dvt_channel import DvtChannel
from harness.virtual.transport.stream import Stream

CHANNELS: dict[str, type[DvtChannel]] = {
    kind.identifier: kind
    for kind in (
        ProcessControl,
        DeviceInfo,
        MobileNotifications,
        ApplicationListing,
        ConditionInducer,
        LocationSimulation,
        Screenshot,
        Sysmontap,
    )
}
"""Identifier -> channel."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await DtxSession(phone, stream, CHANNELS).serve()
