"""``harness leases``: who holds which phone, since when and for what, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from harness.cli.oneoff import Asked, find
from harness.cli.out import Out
from harness.farm.leases.lease import BACK_INTO_ROTATION
from harness.farm.leases.states import PhoneState
from harness.farm.leases.view import FarmView, PhoneView, TicketView, how_long, listed


def show(asked: Asked, out: Out) -> None:
    """List every phone that cannot be had or is not as it was, and everybody who waits for one.

    Raises:
        ConfigError: devices.yaml is wrong.
        FarmError: the leases cannot be read.
    """
    with asyncio.Runner() as runner:
        store = find(asked, runner, read_file=True).store()
    try:
        view = store.snapshot()
    finally:
        store.close()
    rows = [*_phones(view), *_waiting(view)]
    if rows or out.as_json:
        out.rows(("phone", "state", "holder", "for", "note"), rows)
    if not rows:
        out.talk("every phone is free")
    if any(row["state"] is PhoneState.QUARANTINED for row in rows):
        out.talk(f"A phone that is out of rotation: {BACK_INTO_ROTATION}.")


def lease_fields(phone: PhoneView | None, now_s: float) -> dict[str, Any]:
    """What there is to say of who has a phone; of one that nobody ever asked for, that it is free.

    Args:
        phone: the phone as the farm knows it, or ``None``.
        now_s: seconds since 1970 by this machine.
    """
    if phone is None or phone.state is PhoneState.FREE:
        kept = (
            f"changed to stay; to be put back for a test: {listed(phone.kept)}"
            if phone and phone.kept
            else ""
        )
        return {"state": PhoneState.FREE, "holder": None, "since_s": None, "for": "", "note": kept}
    return {
        "state": phone.state,
        "holder": str(phone.holder) if phone.holder else None,
        "since_s": phone.since_s,
        "for": how_long(now_s - phone.since_s),
        "note": _note(phone),
        "by_hand": list(phone.by_hand) if phone.state is PhoneState.QUARANTINED else [],
    }


def _note(phone: PhoneView) -> str:
    due = f"to be put back: {listed(phone.due)}" if phone.due else ""
    if phone.state is PhoneState.QUARANTINED:
        return f"{phone.reason.rstrip('.')}. By hand: {' '.join(phone.by_hand)}"
    return phone.reason or due or phone.note


def _phones(view: FarmView) -> Iterator[dict[str, Any]]:
    for phone in view.phones:
        if phone.state is not PhoneState.FREE or phone.kept:
            yield {"phone": phone.name, "udid": phone.udid} | lease_fields(phone, view.at_s)


def _waiting(view: FarmView) -> Iterator[dict[str, Any]]:
    for ticket in view.waiting:
        yield {
            "phone": _names(view, ticket),
            "udids": list(ticket.udids),
            "state": "waited for",
            "holder": str(ticket.holder),
            "since_s": ticket.since_s,
            "for": how_long(view.at_s - ticket.since_s),
            "note": ticket.note,
        }


def _names(view: FarmView, ticket: TicketView) -> str:
    known = (view.phone(udid) for udid in ticket.udids)
    names = "/".join(phone.name for phone in known if phone)
    return f"{ticket.count} of {names}" if len(ticket.udids) > 1 else names
