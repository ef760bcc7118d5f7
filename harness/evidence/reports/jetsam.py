"""JetsamEvent: everyone who was there when memory ran out, and a reason at the one who was ended.

Only the victim has a key ``reason``; another key is really spelled ``freeze_skip_reason:``, with the
colon, and says nothing of the kind. Names are cut to 32 characters. Source: log-grammar.md §1.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.reports.envelope import Envelope
from harness.evidence.reports.values import (
    JsonObject,
    instant_of,
    number_of,
    objects_of,
    read_object,
    text_of,
)
from harness.model.time import Instant

MOST_NAME = 32
"""How long a process's name can be in the report."""


@dataclass(frozen=True)
class Occupant:
    """One process that was there.

    Attributes:
        pid: process identifier.
        name: executable name, cut to ``MOST_NAME`` characters.
        reason: why it was ended, such as ``per-process-limit``; empty for those that were not.
    """

    pid: int
    name: str
    reason: str

    @property
    def is_victim(self) -> bool:
        """Whether it was ended."""
        return bool(self.reason)


@dataclass(frozen=True)
class JetsamReport:
    """One event of memory running out.

    Attributes:
        at: when; ``None`` where it is not told.
        occupants: who was there, the victim among them.
    """

    at: Instant | None
    occupants: tuple[Occupant, ...]


def read_jetsam(envelope: Envelope) -> JetsamReport:
    """A JetsamEvent (bug type 298).

    Raises:
        EvidenceError: the body is no JSON object, such as one that was cut off.
    """
    body = read_object(envelope.body, f"the body of {envelope.name}")
    return JetsamReport(
        at=instant_of(text_of(body, "date")) or envelope.at,
        occupants=tuple(_occupant(entry) for entry in objects_of(body, "processes")),
    )


def _occupant(entry: JsonObject) -> Occupant:
    return Occupant(number_of(entry, "pid"), text_of(entry, "name"), text_of(entry, "reason"))
