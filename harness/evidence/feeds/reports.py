"""Crash and jetsam reports."""

from __future__ import annotations

from harness.errors import EvidenceError
from harness.evidence.feeds.feed import Feed
from harness.evidence.items import Ended, ReportsRead
from harness.evidence.record import Entry
from harness.evidence.reports import report_facts
from harness.evidence.watched import WatchedApp
from harness.model.facts import Source
from harness.model.time import Instant


class ReportFeed(Feed):
    """Reports as facts. Durable: a look shows all that the phone has written until then.

    The phone may write a report some time after the end that it tells of, and no source says how long
    that takes at most. So a look sets no watermark: that there is no report is never proven, only that
    there is one.

    A look that failed is made up for by the next, so it is no gap. A report that cannot be read is one: it
    may have told of an end of the app at any time since the reports are watched.

    Args:
        app: the app under test.
    """

    def __init__(self, app: WatchedApp) -> None:
        super().__init__(Source.REPORTS)
        self._app = app

    def ended(self, item: Ended) -> list[Entry]:
        """A look failed; the next one shows the same."""
        return []

    def came(self, item: ReportsRead) -> list[Entry]:
        """What the new reports say of the app."""
        told: list[Entry] = []
        for file, body in zip(item.files, item.bodies, strict=True):
            told += self._read(file.name, body, item.asked)
        return told

    def _read(self, name: str, body: bytes, asked: Instant) -> list[Entry]:
        app = self._app
        try:
            return [*report_facts(name, body, bundle_id=app.bundle_id, executable=app.executable)]
        except EvidenceError as error:
            from_s = min(self.reach.shown_s, asked.latest_s)
            return [self.reach.missed(from_s, asked.latest_s, f"{name} cannot be read: {error}")]
