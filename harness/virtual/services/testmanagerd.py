"""testmanagerd: the daemon that runs XCTest sessions. It can be spoken to, and refuses every session.

An IDE opens one channel whose name joins the two protocols that are spoken on it, its own first.
Source of names and calls: public clients that run XCTest. What a refusal looks like is guessed; this
phone has no test runner that could come up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.dtx_session import DtxSession
from harness.virtual.services.support.dvt_channel import DtxFailure, DvtChannel
from harness.virtual.transport.stream import Stream

DOMAIN = "com.apple.dt.XCTestErrorDomain"
NO_SESSION = 1
"""The code of a refusal; guessed."""

PROXY = "dtxproxy:XCTestManager_IDEInterface:XCTestManager_DaemonConnectionInterface"


class DaemonConnection(DvtChannel):
    """The daemon's end of an IDE's connection."""

    identifier = PROXY

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "_IDE_initiateControlSessionWithCapabilities:": self._refuse,
            "_IDE_initiateControlSessionWithProtocolVersion:": self._refuse,
            "_IDE_initiateSessionWithIdentifier:capabilities:": self._refuse,
            "_IDE_initiateSessionWithIdentifier:forClient:atPath:protocolVersion:": self._refuse,
            "_IDE_authorizeTestSessionWithProcessID:": self._refuse,
            "_IDE_initiateControlSessionForTestProcessID:protocolVersion:": self._refuse,
            "_IDE_initiateControlSessionForTestProcessID:": self._refuse,
        }

    def _refuse(self, *_arguments: object) -> object:
        raise DtxFailure("Test sessions cannot be run on this device.", code=NO_SESSION, domain=DOMAIN)


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await DtxSession(phone, stream, {PROXY: DaemonConnection}).serve()
