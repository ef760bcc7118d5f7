"""Crash and jetsam reports: bytes that a phone kept, to facts about one app.

``report_facts`` is all that a source needs. Below it, ``envelope`` opens the file, and one module per
form reads what is inside: ``crash`` the JSON of iOS 15 and later, ``crash_text`` the text before it,
``jetsam`` the event of a phone that ran out of memory.
"""

from harness.evidence.reports.facts import report_facts

__all__ = ["report_facts"]
