"""Crash and jetsam reports."""

from __future__ import annotations

from collections.abc import Callable

from harness.evidence.feeds.feed import Feed
from harness.evidence.items import Ended, ReportsRead
from harness.evidence.record import Entry
from harness.evidence.watched import WatchedApp
from harness.model.facts import ReportFound, Source

ReadReport = Callable[[str, bytes, str, str], tuple[ReportFound, ...]]
"""Name and bytes of a report, bundle identifier and executable of the app -> what it says of the app."""


class ReportFeed(Feed):
    """Reports as facts. Durable: a look shows all that the phone has written until then.

    A look that failed is made up for by the next, so it is no gap. The phone may write a report some time
    after the end that it tells of; that a process left none is therefore never taken for a proof.

    Args:
        app: the app under test.
        read: reads one report.
    """

    def __init__(self, app: WatchedApp, read: ReadReport) -> None:
        super().__init__(Source.REPORTS)
        self._app = app
        self._read = read

    def ended(self, item: Ended) -> list[Entry]:
        """A look failed; the next one shows the same."""
        return []

    def came(self, item: ReportsRead) -> list[Entry]:
        """What the new reports say of the app."""
        told: list[Entry] = []
        for file, body in zip(item.files, item.bodies, strict=True):
            told += self._read(file.name, body, self._app.bundle_id, self._app.executable)
        return [*told, *self.reach.proven(item.asked.earliest_s)]
