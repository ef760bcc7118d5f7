"""``harness leases``: who holds which phone, since when and for what, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.cli.oneoff import Asked, find
from harness.cli.out import Out
from harness.cli.phonerows import Row, lease_fields
from harness.farm.leases.lease import BACK_INTO_ROTATION
from harness.farm.leases.states import PhoneState
from harness.farm.leases.view import FarmView, TicketView, how_long

HEADS = ("phone", "state", "holder", "for", "note")
"""What a table shows; ``host`` and ``priority`` besides where any row has one."""


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
        out.rows(_heads(rows), rows)
    if not rows:
        out.talk("every phone is free")
    if any(row["state"] is PhoneState.QUARANTINED for row in rows):
        out.talk(f"A phone that is out of rotation: {BACK_INTO_ROTATION}.")


def _heads(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    known = list(rows)
    host = ("host",) if any(row["host"] for row in known) else ()
    priority = ("priority",) if any(row.get("priority") for row in known) else ()
    return (HEADS[0], *host, HEADS[1], *priority, *HEADS[2:])


def _phones(view: FarmView) -> Iterator[Row]:
    for phone in view.phones:
        if phone.state is not PhoneState.FREE or phone.kept:
            who = {"phone": phone.name, "udid": phone.udid, "host": phone.host}
            yield who | lease_fields(phone, view.at_s)


def _waiting(view: FarmView) -> Iterator[Row]:
    for ticket in view.waiting:
        yield {
            "phone": " and ".join(_names(view, ticket)),
            "udids": list(ticket.udids),
            "slots": [list(slot) for slot in ticket.slots],
            "host": ticket.holder.host,
            "state": "waited for",
            "priority": ticket.priority,
            "holder": str(ticket.holder),
            "since_s": ticket.since_s,
            "for": how_long(view.at_s - ticket.since_s),
            "note": ticket.note,
        }


def _names(view: FarmView, ticket: TicketView) -> list[str]:
    """What somebody waits for: one word for each kind of phone, with how many of it."""
    slots = ticket.slots or (ticket.udids,) * ticket.count
    wanted: list[str] = []
    for slot in dict.fromkeys(slots):
        names = "/".join(phone.name for udid in slot if (phone := view.phone(udid)))
        wanted.append(f"{slots.count(slot)} of {names}" if len(slot) > 1 else names)
    return wanted
