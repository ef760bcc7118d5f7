"""ReportCrash and its kin: the reports that the phone keeps of how processes ended.

Which ends leave one: those whose cause says so, and jetsam, which leaves a JetsamEvent and none of the
process's own. SIGKILL, a swipe out of the app switcher and the end of a UI test leave nothing.
Source: background-execution.md §3.4.

Guessed: a report is there at the moment of the end, and stays until a client deletes it; two of one
process within one second differ by a number.
"""

from __future__ import annotations

import hashlib
import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.virtual.kernel.containers import random_uuid
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.rules import ExitDomain

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

PHONE_DIRECTORY = "/var/mobile/Library/Logs/CrashReporter"
"""Where the reports are, as the phone names it."""

HELPER = "osanalyticshelper"
OS_ANALYTICS = "/System/Library/PrivateFrameworks/OSAnalytics.framework/OSAnalytics"
"""Who logs that a report was saved. Source: what public clients look for in the log of a phone."""

MOST_OF_ONE_NAME = 25
"""What the line of the log says; older reports are not deleted here."""


class CrashReports:
    """The reports of one phone.

    Args:
        phone: whose; every later exit is looked at.
        root: a private directory on this host; made when the first report or client needs it.
    """

    def __init__(self, phone: VirtualPhone, root: Path) -> None:
        self._phone = phone
        self._root = root
        self._ids = random.Random(f"incidents:{phone.spec.seed}")
        self._reporter_key = hashlib.sha1(phone.spec.udid.encode(), usedforsecurity=False).hexdigest()
        phone.exits.observe(self._ended)

    @property
    def directory(self) -> Path:
        """The directory on this host."""
        self._root.mkdir(parents=True, exist_ok=True)
        return self._root

    def _ended(self, record: ExitRecord) -> None:
        if record.domain is not ExitDomain.JETSAM and not record.cause.writes_report:
            return
        # A phone boots sooner without what only a report needs.
        from harness.virtual.kernel.reports import told

        report = told.report_of(self._phone, record, self._reporter_key, incident=random_uuid(self._ids))
        self._keep(report.name, report.bug_type, report.text, record.at_s)

    def _keep(self, name: str, bug_type: str, text: str, at_s: float) -> None:
        stem = f"{name}-{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d-%H%M%S}"
        path, number = self.directory / f"{stem}.ips", 1
        while os.path.lexists(path):
            number += 1
            path = self.directory / f"{stem}-{number}.ips"
        path.write_text(text, encoding="utf-8")
        # The host's file system would write the host's time, which is not the phone's.
        os.utime(path, ns=(int(at_s * 1e9), int(at_s * 1e9)))
        count = sum(each.name.startswith(f"{name}-") for each in self.directory.iterdir())
        place = f"{PHONE_DIRECTORY}/{path.name}"
        self._log(f"Saved type '{bug_type}' report ({count} of max {MOST_OF_ONE_NAME}) at {place}")

    def _log(self, message: str) -> None:
        # The helper lives only for this; it is in no list of processes that a client gets to see.
        pid = self._phone.processes.next_pid()
        self._phone.log.emit(HELPER, pid, message, subsystem="com.apple.osanalytics", image=OS_ANALYTICS)
