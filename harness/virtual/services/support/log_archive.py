"""The archive that ``CreateArchive`` gives: a tar laid out as a log archive, with text in it.

A real one holds ``tracev3`` files, a binary format of Apple's that nothing here writes. This one says so
in its ``README.txt`` and holds the same lines as text, so that a person or a script finds them. Its
``Info.plist`` keeps the keys of a real archive that hold here. Guessed: which keys those are.
"""

from __future__ import annotations

import io
import plistlib
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone

SECONDS_A_DAY = 86_400

README = """\
This archive was written by a virtual iPhone.
It holds no tracev3 files, so `log show` and Console find nothing in it.
log.txt has what the phone kept of its log, oldest line first:
time TAB process[pid] TAB level TAB subsystem TAB category TAB message
Records of the levels info and debug are not kept, as on a stock phone.
"""


@dataclass(frozen=True)
class ArchiveLimits:
    """What a client wants of the log.

    Attributes:
        size_bytes: most bytes of text; older lines are left out. ``None`` for all.
        age_days: how far back. ``None`` for all.
        start_s: from which moment on, seconds since 1970. ``None`` for all.
    """

    size_bytes: int | None = None
    age_days: int | None = None
    start_s: int | None = None

    def since_s(self, now_s: float) -> float:
        """The earliest moment that is wanted, seconds since 1970."""
        by_age = 0.0 if self.age_days is None else now_s - self.age_days * SECONDS_A_DAY
        return max(by_age, float(self.start_s or 0))


def log_archive(phone: VirtualPhone, limits: ArchiveLimits) -> bytes:
    """A PAX tar of what the phone kept of its log."""
    since_s = limits.since_s(phone.clock.now_s)
    lines = [_line(event) for event in phone.log.kept() if event.wall_s >= since_s]
    files = {
        "Info.plist": plistlib.dumps(_info(phone)),
        "README.txt": README.encode(),
        "log.txt": b"".join(_newest(lines, limits.size_bytes)),
    }
    return _tar(files, int(phone.clock.now_s))


def _newest(lines: list[bytes], most_bytes: int | None) -> Iterable[bytes]:
    if most_bytes is None:
        return lines
    first = len(lines)
    left = most_bytes
    while first and len(lines[first - 1]) <= left:
        first -= 1
        left -= len(lines[first])
    return lines[first:]


def _line(event: LogEvent) -> bytes:
    at = datetime.fromtimestamp(event.wall_s, UTC).isoformat(timespec="microseconds")
    message = event.message.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    parts = (at, f"{event.process}[{event.pid}]", event.level, event.subsystem, event.category, message)
    return ("\t".join(parts) + "\n").encode(errors="replace")


def _info(phone: VirtualPhone) -> dict[str, object]:
    return {
        "ArchiveIdentifier": phone.boot_id,
        "OSArchiveVersion": 5,
        "OSBuild": phone.spec.build,
        "VirtualPhone": phone.spec.name,
    }


def _tar(files: dict[str, bytes], at_s: int) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            member.mtime = at_s
            archive.addfile(member, io.BytesIO(data))
    return held.getvalue()
