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
from harness.virtual.kernel.reports import ips
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
        if record.domain is ExitDomain.JETSAM:
            text = ips.jetsam(
                self._occupants(record), record.at_s, self._facts(), incident=random_uuid(self._ids)
            )
            self._keep("JetsamEvent", ips.JETSAM_BUG_TYPE, text, record.at_s)
        elif record.cause.writes_report:
            text = ips.crash(
                record,
                self._program(record),
                self._facts(),
                bug_type=self._phone.rules.crash_bug_type,
                incident=random_uuid(self._ids),
            )
            self._keep(record.name, self._phone.rules.crash_bug_type, text, record.at_s)

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

    def _facts(self) -> ips.Phone:
        phone = self._phone
        return ips.Phone(
            ios=phone.spec.ios,
            build=phone.spec.build,
            model=phone.spec.model,
            reporter_key=self._reporter_key,
            boot_id=phone.boot_id,
            locked=phone.locked,
            unlocked_since_boot=phone.springboard.first_unlock_done,
            uptime_s=phone.clock.mono_s,
            frontboard=phone.rules.frontboard_namespace,
        )

    def _program(self, record: ExitRecord) -> ips.Program:
        app = self._phone.apps.get(record.bundle_id)
        if app is None:
            return ips.Program("", "", "", is_system=True)
        return ips.Program(self._phone.executable_path(app), app.version, app.build, app.is_system)

    def _occupants(self, victim: ExitRecord) -> list[ips.Occupant]:
        state = ips.jetsam_state(victim.last_state, is_application=bool(victim.bundle_id))
        killed = ips.Occupant(victim.pid, victim.name, state, victim.reason)
        others = [
            ips.Occupant(
                each.pid, each.name, ips.jetsam_state(each.state, is_application=each.is_application)
            )
            for each in self._phone.processes
        ]
        return sorted((killed, *others), key=lambda each: each.pid)
