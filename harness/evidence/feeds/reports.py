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

    A look that failed is made up for by the next, so it is no gap; a report that cannot be read is one, as
    it may have been the app's. The phone may write a report some time after the end that it tells of, so
    that a process left none is never a proof.

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
        return [*told, *self.reach.proven(item.asked.earliest_s)]

    def _read(self, name: str, body: bytes, asked: Instant) -> list[Entry]:
        app = self._app
        try:
            return [*report_facts(name, body, bundle_id=app.bundle_id, executable=app.executable)]
        except EvidenceError as error:
            from_s = min(self.reach.shown_s, asked.latest_s)
            return [self.reach.missed(from_s, asked.latest_s, f"{name} cannot be read: {error}")]
