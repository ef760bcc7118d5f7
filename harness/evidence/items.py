"""What the sources were told, before anyone has judged what it means: one class per thing.

A source asks the phone and hands on items; a feed turns items into entries of the timeline. Items hold
all that a feed may know, so that a recording of them, told again, gives the same timeline.

Every item has ``host_s``: ``time.monotonic()`` of this host when it was handed on. ``asked`` is the phone's
time that was read before the phone was asked: what comes back shows everything up to then.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.record import Entry
from harness.evidence.watched import WatchedApp
from harness.model.facts import Source
from harness.model.interfaces import Interface
from harness.model.raw import DarwinNotice, ProcessExit, ProcessRow, ReportFile, Setting, StateNotice
from harness.model.time import Instant


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something that a source was told, or that was done with it."""

    host_s: float


@dataclass(frozen=True, kw_only=True)
class Watching(Item):
    """The first item of a recording: what is watched.

    Attributes:
        app: the app under test.
        nonce: run nonce of the test.
        ios: version of iOS, such as ``17.4``.
    """

    app: WatchedApp
    nonce: str
    ios: str


@dataclass(frozen=True, kw_only=True)
class ClockRead(Item):
    """The phone's clock was read; ``host_s`` is when its answer came.

    Attributes:
        asked_s: when it was asked, ``time.monotonic()``.
        phone: what it said: the phone's time at some moment between the two.
    """

    asked_s: float
    phone: Instant


@dataclass(frozen=True, kw_only=True)
class Opened(Item):
    """A source was confirmed live, for the first time or again.

    Attributes:
        source: the source.
        shown_s: phone time since when it surely watches.
        offset: of the journal: bytes that were passed over.
    """

    source: Source
    shown_s: float
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class Ended(Item):
    """A source's connection is gone, or it was given up; what comes until it is opened again is lost.

    Attributes:
        source: the source.
        why: in words.
    """

    source: Source
    why: str


@dataclass(frozen=True, kw_only=True)
class Settled(Item):
    """A source was asked to prove that it has shown everything.

    Attributes:
        source: the source.
        asked: the phone's time before it was asked.
        answered: whether the proof came: a round trip was answered, a provoked line was seen, all was read.
        count: of receipts: how many events the origin itself counts; -1 where nobody counts.
    """

    source: Source
    asked: Instant
    answered: bool
    count: int = -1


@dataclass(frozen=True, kw_only=True)
class LogCame(Item):
    """The live log brought bytes; a record may begin in one item and end in the next."""

    data: bytes


@dataclass(frozen=True, kw_only=True)
class NoticeCame(Item):
    """The state stream brought a notice."""

    notice: StateNotice


@dataclass(frozen=True, kw_only=True)
class Observed(Item):
    """The end of a process was asked for.

    Attributes:
        pid: the process.
        refused: why the phone does not tell of its end, such as that it is gone already; or empty.
    """

    pid: int
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class ExitCame(Item):
    """The end of an observed process came."""

    exit: ProcessExit


@dataclass(frozen=True, kw_only=True)
class DarwinCame(Item):
    """A Darwin notification came."""

    notice: DarwinNotice


@dataclass(frozen=True, kw_only=True)
class JournalRead(Item):
    """The app's journal was read.

    Attributes:
        asked: the phone's time before.
        asked_s: the host's time before, ``time.monotonic()``.
        offset: where in the file the bytes begin.
        size_bytes: of the file, as the phone said before the bytes were read.
        data: the bytes.
    """

    asked: Instant
    asked_s: float
    offset: int
    size_bytes: int
    data: bytes


@dataclass(frozen=True, kw_only=True)
class JournalCleared(Item):
    """The harness itself removed the journal: the next line begins a new one.

    Attributes:
        at: the phone's time after; a line that was written before is gone.
    """

    at: Instant


@dataclass(frozen=True, kw_only=True)
class RowsRead(Item):
    """The process list was read."""

    asked: Instant
    rows: tuple[ProcessRow, ...]


@dataclass(frozen=True, kw_only=True)
class ReportsRead(Item):
    """Reports that came since the last look were read.

    Attributes:
        asked: the phone's time before.
        files: the new ones.
        bodies: what is in them, in the same order.
    """

    asked: Instant
    files: tuple[ReportFile, ...]
    bodies: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class SettingsRead(Item):
    """Settings and conditions were read back."""

    asked: Instant
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True)
class ReceiptCame(Item):
    """One event of a receipt of the origin; ``host_s`` is when the origin saw it.

    Attributes:
        number: of the event, counting all events that the origin told of this run, from 1.
        serial: of the receipt.
        nonce: run nonce in the URL.
        name: file name.
        method: HTTP method.
        status: HTTP status; ``None`` until the head of the response was sent.
        range_start: first byte of the file in this response.
        size_bytes: size of the whole file; 0 when the answer is no part of one.
        kind: what happened, an ``EventKind``.
        body_bytes: bytes of body so far.
        interface: by which the request left the phone, if the origin can tell.
    """

    number: int
    serial: int
    nonce: str
    name: str
    method: str
    status: int | None
    range_start: int
    size_bytes: int
    kind: str
    body_bytes: int
    interface: Interface | None = None


@dataclass(frozen=True, kw_only=True)
class Noted(Item):
    """An entry that is the harness's own, such as an action it took."""

    entry: Entry
