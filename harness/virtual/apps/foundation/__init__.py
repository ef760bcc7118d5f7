"""Background ``URLSession``: Foundation's names in snake case, for the code of virtual apps.

Only what a background session allows is here: download tasks with a delegate
(background-execution.md §1.8.1). Objects belong to the process whose code made them and die with it;
the tasks do not, they live in nsurlsessiond.
"""

from __future__ import annotations

from harness.virtual.apps.foundation.configuration import URLSessionConfiguration
from harness.virtual.apps.foundation.delegate import URLSessionDownloadDelegate
from harness.virtual.apps.foundation.session import URLSession
from harness.virtual.apps.foundation.tasks import URLSessionDownloadTask
from harness.virtual.kernel.nsurlsessiond.rules import CancelReason, URLError, URLErrorCode

__all__ = [
    "CancelReason",
    "URLError",
    "URLErrorCode",
    "URLSession",
    "URLSessionConfiguration",
    "URLSessionDownloadDelegate",
    "URLSessionDownloadTask",
]
