"""What there is to say of a phone in a list of phones: who it is, who holds it, and how well it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from harness.farm.leases.states import PhoneState
from harness.farm.leases.view import FarmView, PhoneView, how_long, listed

if TYPE_CHECKING:
    from harness.config.devices import DeviceEntry
    from harness.farm.leases.health import HealthEvent
    from harness.farm.leases.published import PublishedPhone
    from harness.farm.reach import ReachablePhone

Row = dict[str, Any]

HEADS = ("name", "udid", "ios", "model", "hardware", "connection", "state", "health", "holder", "for", "note")
"""What a table shows; ``host`` besides where there are several."""

AWAY = "away"
"""State of a phone that is in devices.yaml and cannot be reached."""


def heads_for(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of a table of these rows."""
    if any(row.get("host") for row in rows):
        before = HEADS.index("state")
        return (*HEADS[:before], "host", *HEADS[before:])
    return HEADS


def here(phone: ReachablePhone, view: FarmView) -> Row:
    """A phone that is reached from this machine."""
    identity = phone.identity
    known = view.phone(identity.udid)
    who = {"name": identity.name, "udid": identity.udid, "ios": identity.ios, "model": identity.model}
    how = {
        "hardware": identity.hardware,
        "connection": "+".join(phone.ways),
        "host": known.host if known else "",
    }
    return who | how | lease_fields(known, view.at_s) | health_fields(known, view.at_s)


def elsewhere(phone: PublishedPhone, view: FarmView) -> Row:
    """A phone that an agent serves, as it tells of it."""
    identity = phone.identity
    known = view.phone(identity.udid)
    who = {"name": identity.name, "udid": identity.udid, "ios": identity.ios, "model": identity.model}
    how = {"hardware": identity.hardware, "connection": "+".join(phone.ways), "host": phone.host}
    told = who | how | lease_fields(known, view.at_s) | health_fields(known, view.at_s)
    return told | ({"note": phone.away} if phone.away and not told["holder"] else {})


def away(entry: DeviceEntry, why: str = "") -> Row:
    """A phone of devices.yaml that cannot be reached.

    Args:
        entry: its entry.
        why: what keeps this machine from its real phones, or empty.
    """
    spec = entry.virtual
    unseen = why if entry.host is None and why else "it is not attached"
    return {
        "name": entry.name,
        "udid": entry.udid,
        "ios": spec.ios if spec else None,
        "model": spec.model if spec else entry.labels.get("model"),
        "hardware": entry.hardware,
        "connection": None,
        "host": entry.host or "",
        "state": AWAY,
        "holder": None,
        "note": "its rack is not running" if spec else unseen,
    }


def lease_fields(phone: PhoneView | None, now_s: float) -> Row:
    """What there is to say of who has a phone; of one that nobody ever asked for, that it is free.

    Args:
        phone: the phone as the farm knows it, or ``None``.
        now_s: seconds since 1970 by the clock of the store.
    """
    if phone is None or phone.state is PhoneState.FREE:
        return {"state": PhoneState.FREE, "holder": None, "since_s": None, "for": "", "note": _at_rest(phone)}
    return {
        "state": phone.state,
        "holder": str(phone.holder) if phone.holder else None,
        "since_s": phone.since_s,
        "for": how_long(now_s - phone.since_s),
        "note": _note(phone, now_s),
        "by_hand": list(phone.by_hand) if phone.state is PhoneState.QUARANTINED else [],
    }


def _at_rest(phone: PhoneView | None) -> str:
    """What is to be said of a phone that nobody has."""
    if phone and phone.at_rest:
        return phone.at_rest
    if phone and phone.strikes:
        times = "once" if phone.strikes == 1 else f"{phone.strikes} times in a row"
        return f"failed {times}, and looked at before it is used: {phone.health_note or 'well since'}"
    return ""


def _note(phone: PhoneView, now_s: float) -> str:
    due = f"to be put back: {listed(phone.due)}" if phone.due else ""
    if phone.is_out_for_health:
        return phone.why(now_s).partition(": ")[2]
    if phone.state is PhoneState.QUARANTINED:
        return f"{phone.reason.rstrip('.')}. By hand: {' '.join(phone.by_hand)}"
    return phone.reason or due or phone.away or phone.note


def health_fields(phone: PhoneView | None, now_s: float) -> Row:
    """What there is to say of how well a phone is.

    Args:
        phone: the phone as the farm knows it, or ``None``.
        now_s: seconds since 1970 by the clock of the store.
    """
    if phone is None:
        return {"health": "unknown", "strikes": 0, "fix": "", "checked_s": None, "out_until_s": None}
    is_out = phone.health == "bad" and (not phone.until_s or phone.until_s > now_s)
    return {
        "health": phone.health,
        "why": phone.health_note,
        "fix": phone.health_fix,
        "strikes": phone.strikes,
        "checked_s": phone.checked_s or None,
        "out_until_s": (phone.until_s or None) if is_out else None,
    }


def with_steps(row: Row, history: Iterable[HealthEvent]) -> Row:
    """A row of a phone that is out of rotation, with what was tried to have it recover.

    Args:
        row: of the phone.
        history: its latest events, the last one first.
    """
    since: list[HealthEvent] = []
    for event in history:
        if event.kind == "out":
            break
        since.append(event)
    steps = [
        f"{event.what}: {event.note}" for event in reversed(since) if event.kind in ("tried", "left out")
    ]
    tried = f" Tried: {'; '.join(steps)}." if steps else ""
    return row | {"tried": steps, "note": f"{row['note']}{tried}"}
