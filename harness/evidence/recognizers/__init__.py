r"""Log records to facts: one row per line of iOS that may be read (log-grammar.md §1.3–1.5, §2).

A row matches a process and a pattern anchored at the start of the message, never a message alone: the
same words in another process mean something else, and an app can write whatever it likes. No row reads what
drifts from version to version: jetsam priorities, roles, the identifiers of assertions, the words of
UserNotificationsServer. docs/log-facts.md says what each fact is good for.
"""

from harness.evidence.recognizers.row import THE_APP, Line, Recognizer, Standing
from harness.evidence.recognizers.table import PROCESSES, RECOGNIZERS, recognize, wanted, wanted_of

__all__ = [
    "PROCESSES",
    "RECOGNIZERS",
    "THE_APP",
    "Line",
    "Recognizer",
    "Standing",
    "recognize",
    "wanted",
    "wanted_of",
]
