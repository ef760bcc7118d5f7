"""The file of a report: one line of JSON that says what it is, then a body in a form of its own.

Source: log-grammar.md §1.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import EvidenceError
from harness.evidence.reports.values import instant_of, read_object, text_of
from harness.model.time import Instant

JSON_CRASH = "309"
TEXT_CRASH = "109"
JETSAM = "298"
RESOURCE = "385"
FORCE_RESET = "151"
PANIC = "210"


@dataclass(frozen=True)
class Envelope:
    """A report that was opened, its body unread.

    Attributes:
        name: file name.
        bug_type: what sort of report, by Apple's number.
        process: name of the process it is about; empty where it is about the phone.
        bundle_id: bundle identifier of that process, or empty.
        at: when the header was written; ``None`` where it does not say.
        body: everything after the header.
    """

    name: str
    bug_type: str
    process: str
    bundle_id: str
    at: Instant | None
    body: str


def open_report(name: str, data: bytes) -> Envelope:
    """Open a report.

    Args:
        name: its file name.
        data: the whole file.

    Raises:
        EvidenceError: its first line is no header of a report.
    """
    head, _, body = data.decode("utf-8", errors="replace").partition("\n")
    header = read_object(head, f"the header of {name}")
    bug_type = text_of(header, "bug_type")
    if not bug_type:
        raise EvidenceError(f"the header of {name} does not say what sort of report it is")
    return Envelope(
        name=name,
        bug_type=bug_type,
        process=text_of(header, "app_name") or text_of(header, "name"),
        bundle_id=text_of(header, "bundleID"),
        at=instant_of(text_of(header, "timestamp")),
        body=body,
    )
