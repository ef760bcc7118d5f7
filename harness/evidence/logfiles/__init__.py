"""Saved logs of a phone, in whichever form a tool wrote them: bytes of a file to log records.

In a text an app can say what it likes for others: it logs a newline, and then a line that looks like
another process's. Only ``os-trace`` and ``json`` keep the borders of messages.
"""

from harness.evidence.logfiles.counts import Counts
from harness.evidence.logfiles.detect import LOOK_BYTES, detect
from harness.evidence.logfiles.forms import LogForm
from harness.evidence.logfiles.reader import LogItem, read_log
from harness.evidence.logfiles.times import Saved

__all__ = ["LOOK_BYTES", "Counts", "LogForm", "LogItem", "Saved", "detect", "read_log"]
