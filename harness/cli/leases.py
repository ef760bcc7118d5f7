"""``harness leases``: who holds which phone, since when and for what, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from harness.cli.oneoff import Asked, find
from harness.cli.out import Out
from harness.farm.states import PhoneState
from harness.farm.view import FarmView, PhoneView, TicketView, how_long


def show(asked: Asked, out: Out) -> None:
    """List every phone that cannot be had, and everybody who waits for one.

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


def lease_fields(phone: PhoneView | None, now_s: float) -> dict[str, Any]:
    """What there is to say of who has a phone; of one that nobody ever asked for, that it is free.

    Args:
        phone: the phone as the farm knows it, or ``None``.
        now_s: seconds since 1970 by this machine.
    """
    if phone is None or phone.state is PhoneState.FREE:
        return {"state": PhoneState.FREE, "holder": None, "since_s": None, "for": "", "note": ""}
    changes = ", ".join(str(entry.op) for entry in phone.undo)
    return {
        "state": phone.state,
        "holder": str(phone.holder) if phone.holder else None,
        "since_s": phone.since_s,
        "for": how_long(now_s - phone.since_s),
        "note": phone.reason or (f"to be put back: {changes}" if changes else phone.note),
    }


def _phones(view: FarmView) -> Iterator[dict[str, Any]]:
    for phone in view.phones:
        if phone.state is not PhoneState.FREE:
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
