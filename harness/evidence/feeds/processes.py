"""The process list, looked at now and then."""

from __future__ import annotations

from harness.evidence.items import RowsRead
from harness.evidence.record import Entry
from harness.evidence.watched import WatchedApp
from harness.model.facts import DebuggerSeen, ProcessAbsent, ProcessSeen, Source
from harness.model.raw import ProcessRow
from harness.model.time import Instant


class ProcessFeed:
    """Looks at the process list as facts.

    A look covers its own moment and nothing between two looks, so it sets no watermark. What it narrows: a
    process that it shows has run since ``started_s``, so whatever another source lost after that moment,
    it was no start of that process; and a process that has the same pid and start in two looks neither
    ended nor started in between.

    Args:
        app: the app under test; by its executable's name on phones whose list tells no bundle identifiers.
    """

    def __init__(self, app: WatchedApp) -> None:
        self._app = app
        self._debugged = False

    def came(self, item: RowsRead) -> list[Entry]:
        """A look: the app's process or its absence, and whether a debugserver came or went."""
        told: list[Entry] = [self._seen(row, item.asked) for row in item.rows if self._is_mine(row)]
        if not told:
            told.append(
                ProcessAbsent(at=item.asked, source=Source.PROCESS_LIST, bundle_id=self._app.bundle_id)
            )
        debugged = any(row.name == "debugserver" for row in item.rows)
        if debugged != self._debugged:
            self._debugged = debugged
            told.append(DebuggerSeen(at=item.asked, source=Source.PROCESS_LIST, pid=0, attached=debugged))
        return told

    def _is_mine(self, row: ProcessRow) -> bool:
        if row.bundle_id:
            return row.bundle_id == self._app.bundle_id
        return row.name == self._app.executable

    def _seen(self, row: ProcessRow, at: Instant) -> ProcessSeen:
        return ProcessSeen(
            at=at,
            source=Source.PROCESS_LIST,
            bundle_id=self._app.bundle_id,
            pid=row.pid,
            started_s=row.started_s,
        )
