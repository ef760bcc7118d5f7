"""How fast a phone's log is read, beside pymobiledevice3's own parser and beside merely reading the bytes."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pymobiledevice3.services.os_trace import parse_syslog_entry

from harness.drivers.logrecords import LogDecoder
from harness.evidence.recognizers import recognize, wanted_of
from harness.model.journal import LOG_SUBSYSTEM
from harness.model.raw import LogRecord
from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.ingest_log import APP, frames, stating
from tests.bench.stage import stage

PARTS: Mapping[str, int] = {"ingest": 1_000_000}
"""Part -> lines of the log."""

DIFFERENT_LINES = 20_000
"""The log is so many lines, again and again."""

UNIT = "lines/s of CPU"

READ_BYTES = 1 << 16

AIM = Aim("ratio", at_least=5.0)

EXECUTABLE = "Downloader"


@dataclass(frozen=True)
class Rates:
    """Lines that a second of processor time suffices for.

    Attributes:
        judged: what the harness does with a log.
        decoded: every record decoded, none recognized.
        parsed: every record parsed by the library.
        read: the bytes read.
    """

    judged: float
    decoded: float
    parsed: float
    read: float


def measure(part: str, runs: int, lines: int | None = None) -> list[Figure]:
    """Lines a second: what the harness does, what of it is decoding all of them, the library, the bytes."""
    count = lines or PARTS[part]
    with stage() as place:
        log = Log(place.path / "log", count)
        (ran,) = interleaved(runs, [log.rates])
    parsed = tuple(rates.parsed for rates in ran)
    theirs = Spread("pymobiledevice3's parse_syslog_entry: 13 fields of every record", parsed)
    read = Spread("the bytes read and nothing done with them", tuple(rates.read for rates in ran))
    wanted = Spread(
        f"{count:,} lines: what is wanted is decoded and recognized, 5 % of it",
        tuple(rates.judged for rates in ran),
    )
    every = Spread(
        "every record decoded: the 7 fields that a LogRecord has, of pymobiledevice3's 13",
        tuple(rates.decoded for rates in ran),
    )
    return [
        Figure(f"{part}-wanted", UNIT, wanted, theirs, AIM),
        Figure(f"{part}-every", UNIT, every, theirs, AIM),
        Figure(f"{part}-bytes", UNIT, wanted, read),
    ]


class Log:
    """A log in a file, and what can be done with it.

    Args:
        path: where to write it.
        lines: how many it has, a multiple of ``DIFFERENT_LINES`` or fewer than that.
    """

    def __init__(self, path: Path, lines: int) -> None:
        self._path = path
        self._turns = max(1, lines // DIFFERENT_LINES)
        self._lines = min(lines, DIFFERENT_LINES)
        path.write_bytes(b"".join(frames(self._lines)))

    def rates(self) -> Rates:
        """Do everything with the log, one part of it after the other.

        In small turns, so that what else the host does falls on all alike; by processor time for the same
        reason.
        """
        took_s = [0.0, 0.0, 0.0, 0.0]
        for _ in range(self._turns):
            for number, side in enumerate((self.judged, self.decoded, self.parsed, self.read)):
                began_s = time.process_time()
                side()
                took_s[number] += time.process_time() - began_s
        return Rates(*(self._turns * self._lines / max(side_s, 1e-9) for side_s in took_s))

    def _chunks(self) -> Iterator[bytes]:
        with self._path.open("rb", buffering=0) as log:
            while data := log.read(READ_BYTES):
                yield data

    def read(self) -> None:
        """Only read it."""
        for _ in self._chunks():
            pass

    def judged(self) -> None:
        """What the harness does with it."""
        decoder, facts = LogDecoder(wanted_of(LOG_SUBSYSTEM, EXECUTABLE)), 0
        for data in self._chunks():
            for item in decoder.feed(data):
                if isinstance(item, LogRecord):
                    fact = recognize(
                        item, bundle_id=APP, subsystem=LOG_SUBSYSTEM, executable=EXECUTABLE, ios_major=17
                    )
                    facts += fact is not None
        _expect(decoder.count, self._lines)
        _expect(facts, stating(self._lines))

    def decoded(self) -> None:
        """Decode every record."""
        decoder, records = LogDecoder(), 0
        for data in self._chunks():
            records += len(decoder.feed(data))
        _expect(records, self._lines)

    def parsed(self) -> None:
        """Have the library parse every record, as it does for its own stream."""
        frame, held, records = struct.Struct("<xI"), b"", 0
        for data in self._chunks():
            held, at = held + data, 0
            while len(held) - at >= frame.size:
                end = at + frame.size + frame.unpack_from(held, at)[0]
                if end > len(held):
                    break
                parse_syslog_entry(held[at + frame.size : end])
                records, at = records + 1, end
            held = held[at:]
        _expect(records, self._lines)


def _expect(found: int, expected: int) -> None:
    if found != expected:
        raise RuntimeError(f"{found} where {expected} were expected")
