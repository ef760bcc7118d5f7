"""The app's journal."""

from __future__ import annotations

from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.numbering import Numbering
from harness.evidence.feeds.pairing import Pairing
from harness.evidence.feeds.reach import Reach
from harness.evidence.items import Ended, JournalCleared, JournalRead, Opened
from harness.evidence.record import Entry
from harness.evidence.testimony import journal_fact
from harness.model.facts import CallbackSeen
from harness.model.journal import parse_journal_line
from harness.model.time import Instant


class JournalFeed(Feed):
    """Lines of the journal as facts. Durable: what was not read yet is read later, so a cut is no gap.

    Gaps come from the file itself: a line that cannot be read, a number that is skipped, a file that became
    shorter or began anew without the harness clearing it, and bytes of it that never arrived. A gap between
    two lines reaches from the one to the other and no farther. What a mark in the log tells of and a read
    lacks is a gap until a later read has it.

    A half line at the end is not shown, and nothing is proven, until its rest was read.

    Args:
        bundle_id: the app.
        reach: how far the journal has come.
        pairing: its counterparts in the log.
    """

    def __init__(self, bundle_id: str, reach: Reach, pairing: Pairing) -> None:
        super().__init__(reach.source)
        self.reach = reach
        self._bundle_id = bundle_id
        self._pairing = pairing
        self._numbers = Numbering(reach, "line")
        self._read_bytes = 0
        self._rest = b""
        self._broken = ""

    def opened(self, item: Opened) -> list[Entry]:
        """Watched from now on; a line written before its size was asked for is passed over."""
        self._begin(item.offset)
        self._numbers.restart(None if item.offset else 0, item.shown_s)
        return super().opened(item)

    def ended(self, item: Ended) -> list[Entry]:
        """A read failed; the file is still there, and the next read catches up."""
        return []

    def cleared(self, item: JournalCleared) -> list[Entry]:
        """The harness emptied it: the next line is the first."""
        self._begin(0)
        self._numbers.restart(0, item.at.latest_s)
        self._pairing.cleared(item.at.latest_s)
        return []

    def came(self, item: JournalRead) -> list[Entry]:
        """What was appended; after it everything up to ``asked`` is known, unless a line is unfinished."""
        told = self._shorter(item)
        self._skip_to(item.offset)
        fresh = item.data[self._read_bytes - item.offset :]
        self._read_bytes += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            told += self._line(line.decode(errors="replace"), item.asked)
        if self._broken:
            told.append(self._lose(item.asked, self._broken))
            self._broken = ""
        if self._read_bytes >= item.size_bytes and not self._rest:
            told += [*self._pairing.journal_read(item), *self.reach.proven(item.asked.earliest_s)]
        return told

    def _begin(self, offset: int) -> None:
        self._read_bytes, self._rest, self._broken = offset, b"", ""

    def _shorter(self, item: JournalRead) -> list[Entry]:
        if item.size_bytes >= self._read_bytes:
            return []
        self._begin(0)
        self._numbers.restart(None, self.reach.shown_s)
        return [self._lose(item.asked, "the journal was replaced by a shorter one")]

    def _skip_to(self, offset: int) -> None:
        """Bytes that never arrived are lines that cannot be read."""
        missing = offset - self._read_bytes
        if missing > 0:
            self._begin(offset)
            self._broken = f"{missing} bytes of the journal did not arrive"

    def _line(self, text: str, asked: Instant) -> list[Entry]:
        if not text.strip():
            return []
        try:
            fact = journal_fact(parse_journal_line(text), self._bundle_id)
        except ValueError:
            self._broken = f"a line of the journal cannot be read: {text[:40]!r}"
            return []
        told = [*self._before(fact, asked), fact, *self._pairing.line(fact)]
        self._broken = ""
        return told

    def _before(self, fact: CallbackSeen, asked: Instant) -> list[Entry]:
        """What lies between the line before and this one: nothing, a broken line, skipped numbers."""
        last_s = self._numbers.last_s
        if self._numbers.lacks(fact.seq) < 0:
            self._numbers.restart(fact.seq, fact.at.earliest_s)
            return [self._lose(asked, "the journal began anew")]
        if self._broken:
            self._numbers.restart(fact.seq, fact.at.earliest_s)
            from_s = min(last_s, fact.at.earliest_s)
            return [self.reach.missed(from_s, fact.at.latest_s, self._broken)]
        return self._numbers.take(fact.seq, fact.at)

    def _lose(self, asked: Instant, why: str) -> Entry:
        return self.reach.missed(min(self.reach.shown_s, asked.latest_s), asked.latest_s, why)
