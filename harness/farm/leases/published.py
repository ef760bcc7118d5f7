"""The phones that agents serve, as they tell of them to everybody who uses the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.farm.leases import phones
from harness.farm.leases.ledger import Transaction
from harness.model.identity import Connection, Hardware, PhoneIdentity

NOT_ATTACHED = "not attached"


@dataclass(frozen=True)
class PublishedPhone:
    """One phone, as the agent of its host tells of it.

    Attributes:
        identity: who it is.
        host: the machine that it is attached to, as devices.yaml calls it.
        labels: what tests may ask for by name.
        ways: how it is connected to that machine, the cable first.
        clock: path of a virtual phone's clock socket on that machine; empty for a real one.
        away: why it cannot be had now, such as that it is not attached or the agent is gone; or empty.
    """

    identity: PhoneIdentity
    host: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    ways: tuple[Connection, ...] = ()
    clock: str = ""
    away: str = ""


def publish(
    db: Transaction, gate: str, host: str, told: Iterable[PublishedPhone], why: Mapping[str, str]
) -> frozenset[str]:
    """Write down what an agent serves; what it served before and does not tell of now is away.

    A phone that somebody holds without an agent gets its agent when that lease has ended: whoever has it
    uses it past any socket of ours. One that another agent serves stays with that one until it has cut what
    it had opened, and the phone is away there: a phone may be seen by two hosts over Wi-Fi, and one that is
    carried to another host may have a socket open at the first.

    Args:
        db: within a transaction.
        gate: the agent.
        host: its machine.
        told: the phones that it serves.
        why: UDID -> why it does not tell of another one; those that are not in it are not attached.

    Returns:
        The UDIDs of those that are the agent's.
    """
    here = {phone.identity.udid: phone for phone in told}
    phones.know(db, ((one.identity.udid, one.identity.name, one.identity.hardware) for one in here.values()))
    taken = frozenset(udid for udid, phone in here.items() if _take(db, udid, gate, phone.away))
    for udid in taken:
        _describe(db, udid, host, here[udid])
    for (udid,) in db.execute("SELECT udid FROM phone WHERE gate=?", (gate,)).fetchall():
        if udid not in here:
            db.execute("UPDATE phone SET away=? WHERE udid=?", (why.get(udid, NOT_ATTACHED), udid))
    return taken


def _take(db: Transaction, udid: str, gate: str, away: str) -> bool:
    """Have an agent serve a phone; whether it does."""
    rows = db.execute(
        "UPDATE phone SET gate=?, away=? WHERE udid=? AND (gate=? OR (state<>'leased' AND holder IS NULL"
        " AND (gate IS NULL OR away<>'')))",
        (gate, away, udid, gate),
    )
    return rows.rowcount == 1


def _describe(db: Transaction, udid: str, host: str, phone: PublishedPhone) -> None:
    identity = phone.identity
    db.execute(
        "UPDATE phone SET host=?, ios=?, model=?, labels=?, ways=?, clock=? WHERE udid=?",
        (
            host,
            identity.ios,
            identity.model,
            json.dumps(dict(phone.labels), sort_keys=True),
            ",".join(phone.ways),
            phone.clock,
            udid,
        ),
    )


def published(db: Transaction) -> tuple[PublishedPhone, ...]:
    """Every phone that has an agent, by name."""
    rows = db.execute(
        "SELECT udid, name, ios, model, hardware, host, labels, ways, clock, away FROM phone"
        " WHERE gate IS NOT NULL ORDER BY name, udid"
    )
    return tuple(_read(row) for row in rows)


def _read(row: tuple[Any, ...]) -> PublishedPhone:
    udid, name, ios, model, hardware, host, labels, ways, clock, away = row
    return PublishedPhone(
        PhoneIdentity(name, udid, ios, model, Hardware(hardware)),
        host,
        json.loads(labels),
        tuple(Connection(way) for way in ways.split(",") if way),
        clock,
        away,
    )
