"""What every fact has: an instant, a source, and the class of evidence that the source belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.time import Instant


class Source(StrEnum):
    """Where a fact comes from."""

    STATE_STREAM = "state stream"
    PROCESS_LIST = "process list"
    SYSTEM_LOG = "system log"
    LOG_MARK = "log mark"
    JOURNAL = "journal"
    RECEIPT = "receipt"
    HARNESS = "harness"
    PROCESS_EVENTS = "process events"
    REPORTS = "crash reports"
    DARWIN = "Darwin notifications"
    SETTINGS = "settings"


class EvidenceClass(StrEnum):
    """Independent witnesses; two sources of one class count once."""

    APP = "app"
    PHONE = "phone"
    NETWORK = "network"
    HARNESS = "harness"


CLASS_OF: dict[Source, EvidenceClass] = {
    Source.STATE_STREAM: EvidenceClass.PHONE,
    Source.PROCESS_LIST: EvidenceClass.PHONE,
    Source.SYSTEM_LOG: EvidenceClass.PHONE,
    Source.LOG_MARK: EvidenceClass.APP,
    Source.JOURNAL: EvidenceClass.APP,
    Source.RECEIPT: EvidenceClass.NETWORK,
    Source.HARNESS: EvidenceClass.HARNESS,
    Source.PROCESS_EVENTS: EvidenceClass.PHONE,
    Source.REPORTS: EvidenceClass.PHONE,
    Source.DARWIN: EvidenceClass.PHONE,
    Source.SETTINGS: EvidenceClass.PHONE,
}
"""A mark in the log is the app speaking, through the phone's log."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something one source showed.

    Attributes:
        at: when, in phone time.
        source: who says so.
    """

    at: Instant
    source: Source

    @property
    def witness(self) -> EvidenceClass:
        """The independent class of evidence it belongs to."""
        return CLASS_OF[self.source]


@dataclass(frozen=True, kw_only=True)
class AppFact(Fact):
    """A fact about one app's process; ``pid`` is 0 where the source does not tell."""

    bundle_id: str
    pid: int = 0
