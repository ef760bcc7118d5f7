"""The phone's live log."""

from __future__ import annotations

from harness.drivers.logrecords import LogDecoder, Wanted
from harness.errors import HarnessError
from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.numbering import Numbering
from harness.evidence.feeds.ownlines import OwnLines
from harness.evidence.feeds.pairing import Pairing
from harness.evidence.feeds.reach import Reach
from harness.evidence.items import Ended, JournalCleared, LogCame, Opened, Settled
from harness.evidence.recognizers import recognize, wanted_of
from harness.evidence.record import Entry
from harness.evidence.watched import WatchedApp
from harness.model.facts import CallbackSeen
from harness.model.raw import LogLoss, LogRecord
from harness.model.time import written


class LogFeed(Feed):
    """Lines of the live log, through the recognizers, as facts.

    It has come as far as its newest record: a stream that is silent has proven nothing, so whoever settles
    it provokes a record. Where the phone says that it dropped records, a gap reaches from the record
    before to there. Bytes that are no log end it as surely as a cut does.

    The app's marks are numbered: a number that is skipped is a gap from mark to mark. An app without marks
    may be read by patterns over the lines that it logs by itself.

    Args:
        app: the app under test.
        ios: version of iOS, such as ``17.4``; which lines mean what depends on it.
        reach: how far the log has come.
        pairing: the counterparts of its marks in the journal.
    """

    def __init__(self, app: WatchedApp, ios: str, reach: Reach, pairing: Pairing) -> None:
        super().__init__(reach.source)
        self.reach = reach
        self.is_broken = False
        self._app = app
        self._pairing = pairing
        self._numbers = Numbering(reach, "mark")
        self._unreadable = 0
        major = ios.partition(".")[0]
        self._ios_major = int(major) if major.isdecimal() else None
        self._own = OwnLines(app)
        of_phone = wanted_of(app.log_subsystem, app.executable)
        self._wanted: Wanted = lambda process, of: of_phone(process, of) or self._own.wants(process, of)
        self._decoder = LogDecoder(self._wanted)

    @property
    def newest_s(self) -> float:
        """Phone time up to which its records have come."""
        return max(self.reach.shown_s, self._decoder.newest_s)

    def opened(self, item: Opened) -> list[Entry]:
        """See ``Feed``; a new stream begins at the border of a record."""
        self._decoder, self.is_broken = LogDecoder(self._wanted), False
        self._numbers.restart(None, item.shown_s)
        return super().opened(item)

    def ended(self, item: Ended) -> list[Entry]:
        """See ``Feed``; up to its newest record it was whole."""
        told = self.reach.proven(self._decoder.newest_s)
        return [*told, *super().ended(item)]

    def settled(self, item: Settled) -> list[Entry]:
        """It has come as far as its newest record, or as far as was asked where that one is not older.

        Records of one instant may still be on their way: only what lies before the newest is shown.
        """
        shown_s = self._decoder.newest_s
        if written(shown_s).latest_s >= item.asked.latest_s:
            shown_s = max(shown_s, item.asked.earliest_s)
        told = self.reach.proven(shown_s)
        return told if self.reach.is_lost else [*told, *self._pairing.log_proven()]

    def cleared(self, item: JournalCleared) -> list[Entry]:
        """The app numbers its lines anew, and the marks with them."""
        self._numbers.restart(None, item.at.latest_s)
        return []

    def came(self, item: LogCame) -> list[Entry]:
        """What one read of the log brought."""
        if self.is_broken:
            return []
        told: list[Entry] = []
        try:
            self._read(item, told)
        except HarnessError as error:
            self.is_broken = True
            told += self.ended(Ended(host_s=item.host_s, source=self.reach.source, why=str(error)))
        return told

    def _read(self, item: LogCame, told: list[Entry]) -> None:
        """Tell the records that bytes bring.

        Raises:
            HarnessError: they are no log, from some place on; what came before it is told.
        """
        before_s = self.newest_s
        for record in self._decoder.feed(item.data):
            if isinstance(record, LogLoss):
                told += self._loss(record, before_s)
            else:
                told += self._take(record, item.host_s)
            before_s = max(before_s, record.phone_s)
        if self._decoder.is_broken:
            self._decoder.feed(b"")  # says what broke it

    def _loss(self, loss: LogLoss, before_s: float) -> list[Entry]:
        self._numbers.restart(None, loss.phone_s)
        return [self.reach.missed(before_s, max(before_s, loss.phone_s), "the phone dropped records")]

    def _take(self, record: LogRecord, came_s: float) -> list[Entry]:
        own = self._own.read(record)
        if own:
            return [*own]
        fact = recognize(
            record,
            bundle_id=self._app.bundle_id,
            subsystem=self._app.log_subsystem,
            executable=self._app.executable,
            ios_major=self._ios_major,
        )
        if isinstance(fact, CallbackSeen):
            return [*self._numbered(fact), fact, *self._pairing.mark(fact, came_s)]
        if fact is None and self._is_mark(record):
            self._unreadable += 1
            self._pairing.unreadable_mark(record.phone_s)
        return [fact] if fact else []

    def _numbered(self, fact: CallbackSeen) -> list[Entry]:
        """A gap where numbers are missing; marks that came and could not be read stand in for theirs."""
        missing = self._numbers.lacks(fact.seq)
        excused, self._unreadable = missing <= self._unreadable, 0
        if missing > 0 and excused:
            self._numbers.restart(fact.seq, fact.at.earliest_s)
            return []
        return self._numbers.take(fact.seq, fact.at)

    def _is_mark(self, record: LogRecord) -> bool:
        subsystem = self._app.log_subsystem
        return bool(subsystem) and record.subsystem == subsystem and record.process == self._app.executable
