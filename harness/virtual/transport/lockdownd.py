"""lockdownd: who the phone is, whom it trusts, and starting services.

One session object serves one connection. Theory: a connection is plain until StartSession with a
trusted host turned it to TLS, and plain again after StopSession; services start only in between.
Source: virtual-iphone.md §2; errors as clients know them by name.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.service_faults import INVALID_SERVICE
from harness.virtual.transport.lockdown_values import ROOT_DOMAIN, WITHOUT_SESSION, lockdown_values
from harness.virtual.transport.offers import ServiceOffer
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed, TlsStream
from harness.virtual.transport.trust import Trust, TrustedHost

LOCKDOWN_TYPE = "com.apple.mobile.lockdown"


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


class LockdownRefusal(Exception):
    """The answer is an error, under the name that clients know."""


Body = dict[str, Any]


class LockdownSession:
    """One connection to lockdownd.

    Args:
        device: the phone.
        stream: the connection.
        over_tunnel: whether it came through a tunnel of a trusted host, which needs no session.
    """

    def __init__(self, device: LockdownPhone, stream: Stream, *, over_tunnel: bool = False) -> None:
        self._device = device
        self._over_tunnel = over_tunnel
        self._connection = PlistConnection(stream)
        self._host: TrustedHost | None = None
        self._session_id = ""
        self._after_answer: Callable[[], Awaitable[None]] | None = None
        self._handlers: Mapping[str, Callable[[Body], Body]] = {
            "QueryType": self._query_type,
            "GetValue": self._get_value,
            "SetValue": self._set_value,
            "RemoveValue": self._set_value,
            "Pair": self._pair,
            "ValidatePair": self._validate_pair,
            "Unpair": self._unpair,
            "StartSession": self._start_session,
            "StopSession": self._stop_session,
            "StartService": self._start_service,
        }

    async def serve(self) -> None:
        """Answer requests until the client goes or shows the wrong certificate."""
        try:
            while (request := await self._connection.receive()) is not None:
                with self._device.phone.clock.hold():
                    answer = self._answer(request)
                self._connection.send(answer)
                await self._connection.drain()
                after, self._after_answer = self._after_answer, None
                if after is not None:
                    await after()
        except (StreamClosed, WireError):
            # lockdownd drops a client that breaks the protocol or fails the handshake.
            return

    def _answer(self, request: Body) -> Body:
        name = str(request.get("Request", ""))
        try:
            handler = self._handlers.get(name)
            if handler is None:
                raise LockdownRefusal("InvalidRequest")
            return {"Request": name, **handler(request)}
        except LockdownRefusal as refusal:
            return {"Request": name, "Error": str(refusal)}

    # Values.

    def _query_type(self, _request: Body) -> Body:
        return {"Type": LOCKDOWN_TYPE}

    def _get_value(self, request: Body) -> Body:
        domain = str(request.get("Domain") or ROOT_DOMAIN)
        key = str(request.get("Key") or "")
        values = self._values(domain)
        fields: Body = {name: request[name] for name in ("Domain", "Key") if request.get(name)}
        if not key:
            return {**fields, "Value": values}
        if key not in values:
            raise LockdownRefusal("MissingValue")
        return {**fields, "Value": values[key]}

    def _values(self, domain: str) -> Body:
        phone = self._device.phone
        domains = lockdown_values(
            phone.spec, now_s=phone.clock.now_s, public_key=self._device.trust.device_public_key
        )
        values = domains.get(domain, {})
        if self._host is not None or self._over_tunnel:
            return values
        if domain != ROOT_DOMAIN:
            return {}
        return {key: value for key, value in values.items() if key in WITHOUT_SESSION}

    def _set_value(self, _request: Body) -> Body:
        raise LockdownRefusal("SetProhibited")

    # Pairing and sessions.

    def _pair(self, request: Body) -> Body:
        host = _host_of(request)
        try:
            self._device.trust.add(host)
        except ValueError as error:
            raise LockdownRefusal("InvalidPairRecord") from error
        self._log(f"Paired with host {host.host_id}")
        return {"EscrowBag": self._device.escrow_bag()}

    def _validate_pair(self, request: Body) -> Body:
        if self._device.trust.get(_host_of(request).host_id) is None:
            raise LockdownRefusal("InvalidHostID")
        return {}

    def _unpair(self, request: Body) -> Body:
        record = _record_of(request)
        if not self._device.trust.remove(str(record.get("HostID", ""))):
            raise LockdownRefusal("InvalidHostID")
        return {}

    def _start_session(self, request: Body) -> Body:
        if self._host is not None:
            raise LockdownRefusal("SessionActive")
        host = self._device.trust.get(str(request.get("HostID", "")))
        if host is None:
            raise LockdownRefusal("InvalidHostID")
        self._session_id = str(uuid.uuid4()).upper()

        async def begin() -> None:
            stream = self._connection.stream
            self._connection.stream = await self._device.trust.secure(stream, host)
            self._host = host

        self._after_answer = begin
        return {"SessionID": self._session_id, "EnableSessionSSL": True}

    def _stop_session(self, request: Body) -> Body:
        if self._host is None or request.get("SessionID") not in (None, self._session_id):
            raise LockdownRefusal("SessionInactive")

        async def end() -> None:
            stream = self._connection.stream
            if isinstance(stream, TlsStream):
                self._connection.stream = stream.stop_tls()
            self._host = None

        self._after_answer = end
        return {"Result": "Success"}

    # Services.

    def _start_service(self, request: Body) -> Body:
        if self._host is None:
            raise LockdownRefusal("SessionInactive")
        name = str(request.get("Service", ""))
        refusal = self._device.phone.service_faults.refusal(name)
        offer = self._device.offer(name)
        if offer is None or refusal is not None:
            refusal = refusal or INVALID_SERVICE
            self._log(f"Refused to start service {name}: {refusal}", level="error")
            raise LockdownRefusal(refusal)
        port = self._device.start_service(offer, self._host)
        # A line for every start: asking for a service is how a client makes a quiet log speak.
        self._log(f"Started service {name} on port {port}")
        return {"Service": name, "Port": port, "EnableServiceSSL": True}

    def _log(self, message: str, level: str = "notice") -> None:
        phone = self._device.phone
        daemon = phone.processes.named("lockdownd")
        if daemon is not None:
            phone.log.emit(daemon.name, daemon.pid, message, level=level)


def _host_of(request: Body) -> TrustedHost:
    record = _record_of(request)
    host_id = record.get("HostID")
    if not isinstance(host_id, str):
        raise LockdownRefusal("InvalidPairRecord")
    return TrustedHost(
        host_id,
        _pem(record, "HostCertificate"),
        _pem(record, "RootCertificate"),
        _pem(record, "DeviceCertificate"),
    )


def _pem(record: Body, name: str) -> str:
    value = record.get(name)
    if not isinstance(value, bytes):
        raise LockdownRefusal("InvalidPairRecord")
    try:
        return value.decode("ascii")
    except UnicodeDecodeError as error:
        raise LockdownRefusal("InvalidPairRecord") from error


def _record_of(request: Body) -> Body:
    record = request.get("PairRecord")
    return cast("Body", record) if isinstance(record, dict) else {}
