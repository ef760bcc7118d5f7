"""lockdownd's requests about pairing: Pair, ValidatePair, Unpair.

A phone that has to be unlocked with a passcode first says so before it shows a dialog (source: public
issue threads of libimobiledevice on error -17). Over Wi-Fi a phone is not paired with (source: the name
of the error in libimobiledevice's table).
"""

from __future__ import annotations

from typing import Any, cast

from harness.model.identity import Connection
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.lockdown_errors import LockdownRefusal, Refused
from harness.virtual.transport.trust import Dialog, Trust, TrustedHost

Body = dict[str, Any]


def pair(phone: VirtualPhone, trust: Trust, connection: Connection, request: Body) -> TrustedHost:
    """The host that is paired now.

    Raises:
        LockdownRefusal: its record cannot be used; the phone is locked; over Wi-Fi; a person has not
            answered, or has said no.
    """
    host = host_of(request)
    try:
        trust.check(host)
    except ValueError as error:
        raise LockdownRefusal(Refused.INVALID_PAIR_RECORD) from error
    if trust.get(host.host_id) != host:
        if connection is Connection.NETWORK:
            raise LockdownRefusal(Refused.PAIRING_PROHIBITED_HERE)
        if phone.locked_by_passcode:
            raise LockdownRefusal(Refused.PASSWORD_PROTECTED)
        _await_trust(trust, str(record_of(request).get("SystemBUID") or host.host_id))
        trust.add(host)
    return host


def _await_trust(trust: Trust, who: str) -> None:
    answer = trust.ask(who)
    if answer is Dialog.PENDING:
        raise LockdownRefusal(Refused.PAIRING_DIALOG_PENDING)
    if answer is Dialog.DENIED:
        raise LockdownRefusal(Refused.USER_DENIED_PAIRING)


def validate_pair(trust: Trust, request: Body) -> None:
    """Check that a host is paired.

    Raises:
        LockdownRefusal: its record is none, or it is not.
    """
    if trust.get(host_of(request).host_id) is None:
        raise LockdownRefusal(Refused.INVALID_HOST_ID)


def unpair(trust: Trust, request: Body) -> None:
    """Forget a host.

    Raises:
        LockdownRefusal: it is not paired.
    """
    if not trust.remove(str(record_of(request).get("HostID", ""))):
        raise LockdownRefusal(Refused.INVALID_HOST_ID)


def host_of(request: Body) -> TrustedHost:
    """The host that a request's pair record is of.

    Raises:
        LockdownRefusal: it has none.
    """
    record = record_of(request)
    host_id = record.get("HostID")
    if not isinstance(host_id, str):
        raise LockdownRefusal(Refused.INVALID_PAIR_RECORD)
    return TrustedHost(
        host_id,
        _pem(record, "HostCertificate"),
        _pem(record, "RootCertificate"),
        _pem(record, "DeviceCertificate"),
    )


def record_of(request: Body) -> Body:
    """A request's pair record; empty when it has none."""
    record = request.get("PairRecord")
    return cast("Body", record) if isinstance(record, dict) else {}


def _pem(record: Body, name: str) -> str:
    value = record.get(name)
    if not isinstance(value, bytes):
        raise LockdownRefusal(Refused.INVALID_PAIR_RECORD)
    try:
        return value.decode("ascii")
    except UnicodeDecodeError as error:
        raise LockdownRefusal(Refused.INVALID_PAIR_RECORD) from error
