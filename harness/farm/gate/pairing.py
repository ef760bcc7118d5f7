"""The pair record of a phone as one lease may treat it: used freely, and never to the host's harm.

A host has one pair record per phone. It opens the phone to every client of that host, now and for the next
lease, and the phone gives a new one only to a person who taps Trust. So a lease must not be able to lose it,
while the clients that a lease runs may still do what they do on a desk:

============  ==============================  ==============================================================
request       the host has a record           the host has none
============  ==============================  ==============================================================
read          the host's, or the lease's own  the lease's own, if it has one
save          the same again: nothing to do;  passed on: the phone trusts this host from now on, and there
              another: kept for the lease     is nothing that could be lost
delete        hidden from the lease           hidden from the lease
============  ==============================  ==============================================================

What the gate cannot see is a client that asks the *phone* to forget the host: that travels inside lockdown.
The host's record then remains and no longer opens the phone; the doctor's stage for pairing says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from harness.wire.lockdown import PlistDict
from harness.wire.usbmux import MuxResult

NO_PAIR_RECORD = 2
"""``Number`` of the Result when there is no pair record (ENOENT). Source: usbmuxd, client.c."""

Ask = Callable[..., Awaitable[PlistDict]]
"""Asks the host's usbmuxd: message type, then fields by name; raises ``UpstreamLost``."""


class PairRecords:
    """The pair record of one phone, for as long as a relay shows the phone.

    Args:
        ask: how the host's usbmuxd is asked.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._own: bytes | None = None
        self._is_hidden = False

    async def read(self, record_id: str) -> bytes | None:
        """The record that this lease's clients go by; ``None`` when there is none for them.

        Args:
            record_id: the phone's UDID, as the client writes it.
        """
        if self._own is not None or self._is_hidden:
            return self._own
        return await self._hosts(record_id)

    async def save(self, record_id: str, record: bytes) -> int:
        """Keep a record, with the host only where the host has none.

        Returns:
            The number of the ``Result``: the host's own where it was passed on.
        """
        hosts = await self._hosts(record_id)
        if hosts is None:
            told = await self._ask("SavePairRecord", PairRecordID=record_id, PairRecordData=record)
            self._own, self._is_hidden = None, False
            number = told.get("Number")
            return number if isinstance(number, int) else MuxResult.BAD_COMMAND
        self._own, self._is_hidden = (None if record == hosts else record), False
        return MuxResult.OK

    async def delete(self, record_id: str) -> int:
        """Have no record, as far as this lease's clients can tell; returns the number of the ``Result``."""
        existed = await self.read(record_id) is not None
        self._own, self._is_hidden = None, True
        return MuxResult.OK if existed else NO_PAIR_RECORD

    async def _hosts(self, record_id: str) -> bytes | None:
        told = await self._ask("ReadPairRecord", PairRecordID=record_id)
        record = told.get("PairRecordData")
        return record if isinstance(record, bytes) else None
