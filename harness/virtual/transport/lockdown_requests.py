"""lockdownd's requests about values: GetValue, SetValue, RemoveValue.

Who has no session is told the keys that a stock phone tells everyone, and nothing of other domains.
Guessed: which of two words a phone has for a value that it keeps to itself, and that nothing of the root
domain can be removed.
"""

from __future__ import annotations

from typing import Any, cast

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.preferences import PreferenceRow, Value, preference
from harness.virtual.transport.lockdown_errors import LockdownRefusal, Refused
from harness.virtual.transport.lockdown_values import ROOT_DOMAIN, WITHOUT_SESSION, values_of

Body = dict[str, Any]

MOST_NUMBER = 2**63 - 1
"""The largest number that is taken for a value; property lists can spell larger ones."""


def get_value(phone: VirtualPhone, public_key: bytes, request: Body, *, trusted: bool) -> Body:
    """The answer to GetValue.

    Args:
        phone: whose values.
        public_key: the phone's, PEM.
        request: names a domain and a key, either of which may be missing.
        trusted: whether a paired host asks, in a session.

    Raises:
        LockdownRefusal: the value is not there, or not for everyone.
    """
    domain, key = _names(request)
    values = values_of(phone, public_key).get(domain, {})
    told = values if trusted else _without_session(domain, values)
    if not key:
        return {**_echo(request), "Value": told}
    if key not in values:
        raise LockdownRefusal(Refused.MISSING_VALUE)
    if key not in told:
        raise LockdownRefusal(Refused.GET_PROHIBITED)
    return {**_echo(request), "Value": told[key]}


def set_value(phone: VirtualPhone, request: Body, *, trusted: bool) -> Body:
    """Do what SetValue asks for, and answer it.

    Raises:
        LockdownRefusal: no session; not a value that may be changed, or not into this.
    """
    row = _changeable(request, Refused.SET_PROHIBITED, trusted=trusted)
    value: object = request.get("Value")
    fits = isinstance(value, str) if row.kind is str else isinstance(value, int) and abs(value) <= MOST_NUMBER
    if not fits:
        raise LockdownRefusal(Refused.SET_PROHIBITED)
    phone.preferences.set(row, cast("Value", value))
    _post(phone, row)
    return {**_echo(request), "Value": value}


def remove_value(phone: VirtualPhone, request: Body, *, trusted: bool) -> Body:
    """Do what RemoveValue asks for, and answer it: the value is as on a new phone again.

    Raises:
        LockdownRefusal: no session; not a value that may be removed.
    """
    row = _changeable(request, Refused.REMOVE_PROHIBITED, trusted=trusted)
    if row.domain == ROOT_DOMAIN:
        raise LockdownRefusal(Refused.REMOVE_PROHIBITED)
    phone.preferences.reset(row)
    _post(phone, row)
    return _echo(request)


def _changeable(request: Body, refused: Refused, *, trusted: bool) -> PreferenceRow:
    domain, key = _names(request)
    if not key:
        raise LockdownRefusal(Refused.MISSING_KEY)
    row = preference(domain, key)
    if row is None or not trusted:
        raise LockdownRefusal(refused)
    return row


def _post(phone: VirtualPhone, row: PreferenceRow) -> None:
    if row.posted:
        phone.darwin.post(row.posted)


def _without_session(domain: str, values: Body) -> Body:
    if domain != ROOT_DOMAIN:
        return {}
    return {key: value for key, value in values.items() if key in WITHOUT_SESSION}


def _names(request: Body) -> tuple[str, str]:
    named = _echo(request)
    return named.get("Domain", ROOT_DOMAIN), named.get("Key", "")


def _echo(request: Body) -> Body:
    # What is no text names nothing.
    given = {name: request.get(name) for name in ("Domain", "Key")}
    return {name: value for name, value in given.items() if isinstance(value, str) and value}
