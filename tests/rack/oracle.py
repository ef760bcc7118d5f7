"""Who is at a phone, counted at the phone itself: it knows what comes in, and nothing of leases.

Theory. A client says in the ``Label`` of its requests to lockdown who it is, ``<pid>.<epoch>``: its process,
and how many grants of this phone there were up to its own. The label stands in the first request of a
connection, in plain, and holds for the connection and for those to the services that it has started. So at
each moment a phone knows which clients are connected to it, and when bytes come from one of them while
another one is connected, the phone is used twice. It is used late when a client speaks after one with a later
grant did: its own grant was over by then.

Connections without such a label are those of the host itself, which looks at phones and puts them right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

LABEL = re.compile(rb"<key>Label</key>\s*<string>(\d+)\.(\d+)</string>")
"""A client's name for itself, as a request to lockdown has it in XML."""


@dataclass(frozen=True, order=True)
class Client:
    """Who a client says it is.

    Attributes:
        epoch: the number of its grant of this phone.
        pid: its process.
    """

    epoch: int
    pid: int

    @classmethod
    def told_in(cls, request: bytes) -> Client | None:
        """Who a request says that it is from; ``None`` when it says nothing that is meant for here."""
        found = LABEL.search(request)
        return cls(int(found[2]), int(found[1])) if found else None

    def __str__(self) -> str:
        return f"{self.pid}.{self.epoch}"


class Wrong(StrEnum):
    """What an oracle can find."""

    DOUBLE = "double"
    """A client spoke while another one was connected."""
    LATE = "late"
    """A client spoke whose grant was over."""
    ALTERED = "altered"
    """The phone was not as it should be when a client came to it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        wrong: what.
        udid: at which phone.
        words: how it was seen.
    """

    wrong: Wrong
    udid: str
    words: str


@dataclass
class _Phone:
    live: dict[int, Client] = field(default_factory=dict[int, Client])
    met: set[Client] = field(default_factory=set[Client])


class Oracle:
    """Sees double use.

    Args:
        find: is told each thing that is wrong, once for the same clients.
        meet: is told of each client when it first speaks to a phone; says how the phone is altered, or
            nothing.
    """

    def __init__(self, find: Callable[[Finding], None], meet: Callable[[str, Client], str]) -> None:
        self._find = find
        self._meet = meet
        self._phones: dict[str, _Phone] = defaultdict(_Phone)
        self._found: set[Finding] = set()

    def spoke(self, udid: str, connection: int, client: Client) -> None:
        """Bytes came from a client over a connection."""
        phone = self._phones[udid]
        phone.live[connection] = client
        if client not in phone.met:
            phone.met.add(client)
            if altered := self._meet(udid, client):
                self._tell(Finding(Wrong.ALTERED, udid, f"{client} found {altered}"))
        for other in sorted({*phone.live.values()} - {client}):
            self._tell(Finding(Wrong.DOUBLE, udid, f"{client} spoke while {other} was connected"))
        if (latest := max(phone.met)).epoch > client.epoch:
            self._tell(Finding(Wrong.LATE, udid, f"{client} spoke after {latest}"))

    def ended(self, udid: str, connection: int) -> None:
        """A connection is over; one that never spoke is no error."""
        self._phones[udid].live.pop(connection, None)

    def live(self) -> dict[str, list[str]]:
        """UDID -> the clients that are connected now; phones without any are left out."""
        return {
            udid: sorted({str(client) for client in phone.live.values()})
            for udid, phone in self._phones.items()
            if phone.live
        }

    def _tell(self, finding: Finding) -> None:
        if finding not in self._found:
            self._found.add(finding)
            self._find(finding)
