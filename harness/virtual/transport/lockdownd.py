"""lockdownd: who the phone is, whom it trusts, and starting services.

One session object serves one connection. Theory: a connection is plain until StartSession with a
trusted host turned it to TLS, and plain again after StopSession; services start only in between.

A phone with a passcode that was not unlocked since it booted has its sessions, but starts services only
for who brings the escrow bag of the pairing (source: public issue threads of libimobiledevice, where
services "only work after first unlock", and clients that send the bag; that the bag suffices for every
service is guessed). One that is locked later starts them; what it refuses then, it refuses in the service.

Source: virtual-iphone.md §2; errors as clients know them by name.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from harness.errors import WireError
from harness.model.identity import Connection
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.lockdown_errors import LockdownRefusal, Refused
from harness.virtual.transport.lockdown_pairing import pair, unpair, validate_pair
from harness.virtual.transport.lockdown_requests import get_value, remove_value, set_value
from harness.virtual.transport.offers import ServiceOffer
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed, TlsStream
from harness.virtual.transport.trust import Trust, TrustedHost

LOCKDOWN_TYPE = "com.apple.mobile.lockdown"

IDLE_S = 60.0
"""Wall seconds without a request after which a connection is closed. Source: pymobiledevice3's device
tests, which wait for it. Behind a tunnel it stays open, which is guessed."""


class LockdownPhone(Protocol):
    """What lockdownd needs of the phone around it."""

    phone: VirtualPhone
    trust: Trust

    @property
    def udid(self) -> str:
        """Unique device identifier."""
        ...

    def escrow_bag(self) -> bytes:
        """What a host needs to reach a locked phone."""
        ...

    def offer(self, name: str) -> ServiceOffer | None:
        """The service under a name, if this phone has it."""
        ...

    def start_service(self, offer: ServiceOffer, host: TrustedHost) -> int:
        """Let a service listen for one connection; returns the port."""
        ...


Body = dict[str, Any]


class LockdownSession:
    """One connection to lockdownd.

    Args:
        device: the phone.
        stream: the connection.
        over_tunnel: whether it came through a tunnel of a trusted host, which needs no session.
        connection: how the host reaches the phone.
        idle_s: wall seconds without a request after which it is closed.

    The methods that ``MESSAGES`` names raise ``LockdownRefusal``; ``serve`` tells the client.
    """

    def __init__(
        self,
        device: LockdownPhone,
        stream: Stream,
        *,
        over_tunnel: bool = False,
        connection: Connection = Connection.USB,
        idle_s: float = IDLE_S,
    ) -> None:
        self._device = device
        self._over_tunnel = over_tunnel
        self._way = connection
        self._idle_s = None if over_tunnel else idle_s
        self._connection = PlistConnection(stream)
        self._host: TrustedHost | None = None
        self._session_id = ""
        self._after_answer: Callable[[], Awaitable[None]] | None = None

    async def serve(self) -> None:
        """Answer requests until the client goes, is silent for long, or shows the wrong certificate."""
        try:
            while (request := await self._next()) is not None:
                with self._device.phone.clock.hold():
                    answer = self._answer(request)
                self._connection.send(answer)
                await self._connection.drain()
                after, self._after_answer = self._after_answer, None
                if after is not None:
                    await after()
        except (StreamClosed, WireError, TimeoutError):
            # lockdownd drops a client that is silent, breaks the protocol or fails the handshake.
            return

    async def _next(self) -> Body | None:
        async with asyncio.timeout(self._idle_s):
            return await self._connection.receive()

    def _answer(self, request: Body) -> Body:
        name = str(request.get("Request", ""))
        try:
            handler = MESSAGES.get(name)
            if handler is None:
                raise LockdownRefusal(Refused.INVALID_REQUEST)
            return {"Request": name, **handler(self, request)}
        except LockdownRefusal as refusal:
            return {"Request": name, "Error": str(refusal)}

    @property
    def trusted(self) -> bool:
        """Whether a paired host is at the other end, in a session."""
        return self._host is not None or self._over_tunnel

    # Values.

    def query_type(self, _request: Body) -> Body:
        """What answers here."""
        return {"Type": LOCKDOWN_TYPE}

    def get_value(self, request: Body) -> Body:
        """Tell a value, or all of a domain."""
        key = self._device.trust.device_public_key
        return get_value(self._device.phone, key, request, trusted=self.trusted)

    def set_value(self, request: Body) -> Body:
        """Change a value."""
        return set_value(self._device.phone, request, trusted=self.trusted)

    def remove_value(self, request: Body) -> Body:
        """Undo every change of a value."""
        return remove_value(self._device.phone, request, trusted=self.trusted)

    # Pairing and sessions.

    def pair(self, request: Body) -> Body:
        """Trust a host, when a person does."""
        host = pair(self._device.phone, self._device.trust, self._way, request)
        self._log(f"Paired with host {host.host_id}")
        return {"EscrowBag": self._device.escrow_bag()}

    def validate_pair(self, request: Body) -> Body:
        """Say whether a host is trusted."""
        validate_pair(self._device.trust, request)
        return {}

    def unpair(self, request: Body) -> Body:
        """Trust a host no longer."""
        unpair(self._device.trust, request)
        return {}

    def start_session(self, request: Body) -> Body:
        """Begin a session with a trusted host, over TLS."""
        if self._host is not None:
            raise LockdownRefusal(Refused.SESSION_ACTIVE)
        host = self._device.trust.get(str(request.get("HostID", "")))
        if host is None:
            raise LockdownRefusal(Refused.INVALID_HOST_ID)
        self._session_id = str(uuid.uuid4()).upper()

        async def begin() -> None:
            stream = self._connection.stream
            self._connection.stream = await self._device.trust.secure(stream, host)
            self._host = host

        self._after_answer = begin
        return {"SessionID": self._session_id, "EnableSessionSSL": True}

    def stop_session(self, request: Body) -> Body:
        """End the session, and TLS with it."""
        if self._host is None:
            raise LockdownRefusal(Refused.SESSION_INACTIVE)
        if request.get("SessionID") not in (None, self._session_id):
            raise LockdownRefusal(Refused.INVALID_SESSION_ID)

        async def end() -> None:
            stream = self._connection.stream
            if isinstance(stream, TlsStream):
                self._connection.stream = stream.stop_tls()
            self._host = None

        self._after_answer = end
        return {"Result": "Success"}

    # Services.

    def start_service(self, request: Body) -> Body:
        """Let a service listen for one connection."""
        if self._host is None:
            raise LockdownRefusal(Refused.SESSION_INACTIVE)
        name = request.get("Service")
        if not isinstance(name, str):
            raise LockdownRefusal(Refused.MISSING_SERVICE)
        offer = self._device.offer(name)
        refusal = self._refusal(name, request.get("EscrowBag"))
        if offer is None or refusal is not None:
            refusal = refusal or Refused.INVALID_SERVICE
            self._log(f"Refused to start service {name}: {refusal}", level="error")
            raise LockdownRefusal(refusal)
        port = self._device.start_service(offer, self._host)
        # A line for every start: asking for a service is how a client makes a quiet log speak.
        self._log(f"Started service {name} on port {port}")
        return {"Service": name, "Port": port, "EnableServiceSSL": True}

    def _refusal(self, name: str, escrow_bag: object) -> str | None:
        phone = self._device.phone
        if not phone.springboard.first_unlock_done and escrow_bag != self._device.escrow_bag():
            return Refused.PASSWORD_PROTECTED
        return phone.service_faults.refusal(name)

    def enter_recovery(self, _request: Body) -> Body:
        """Refuse: there is no boot loader behind this phone to restart into; with what word is guessed."""
        refused = Refused.INVALID_REQUEST if self.trusted else Refused.SESSION_INACTIVE
        raise LockdownRefusal(refused)

    def _log(self, message: str, level: str = "notice") -> None:
        phone = self._device.phone
        daemon = phone.processes.named("lockdownd")
        if daemon is not None:
            phone.log.emit(daemon.name, daemon.pid, message, level=level)


MESSAGES: Mapping[str, Callable[[LockdownSession, Body], Body]] = {
    "QueryType": LockdownSession.query_type,
    "GetValue": LockdownSession.get_value,
    "SetValue": LockdownSession.set_value,
    "RemoveValue": LockdownSession.remove_value,
    "Pair": LockdownSession.pair,
    "ValidatePair": LockdownSession.validate_pair,
    "Unpair": LockdownSession.unpair,
    "StartSession": LockdownSession.start_session,
    "StopSession": LockdownSession.stop_session,
    "StartService": LockdownSession.start_service,
    "EnterRecovery": LockdownSession.enter_recovery,
}
"""Request -> what answers it."""
