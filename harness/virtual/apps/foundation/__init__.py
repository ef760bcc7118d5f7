"""``URLSession``: Foundation's names in snake case, for the code of virtual apps.

Background sessions allow downloads and uploads from a file, both with a delegate
(background-execution.md §1.8.1); their tasks live in nsurlsessiond and go on whatever becomes of the app.
Default sessions allow everything, and everything of theirs stops with the process. Objects belong to the
process whose code made them, and die with it.
"""

from __future__ import annotations

from harness.virtual.apps.foundation.challenges import (
    AuthChallengeDisposition,
    ChallengeHandler,
    URLAuthenticationChallenge,
    URLCredential,
)
from harness.virtual.apps.foundation.completions import DataCompletion, DownloadCompletion
from harness.virtual.apps.foundation.configuration import URLSessionConfiguration
from harness.virtual.apps.foundation.deinit import on_deinit
from harness.virtual.apps.foundation.delegate import (
    URLSessionDataDelegate,
    URLSessionDelegate,
    URLSessionDownloadDelegate,
    URLSessionTaskDelegate,
)
from harness.virtual.apps.foundation.exceptions import NSGenericException
from harness.virtual.apps.foundation.session import URLSession
from harness.virtual.apps.foundation.tasks import (
    HTTPURLResponse,
    URLSessionDataTask,
    URLSessionDownloadTask,
    URLSessionTask,
    URLSessionUploadTask,
)
from harness.virtual.kernel.nsurlsessiond.rules import (
    CancelReason,
    NetworkUnavailableReason,
    URLError,
    URLErrorCode,
)

__all__ = [
    "AuthChallengeDisposition",
    "CancelReason",
    "ChallengeHandler",
    "DataCompletion",
    "DownloadCompletion",
    "HTTPURLResponse",
    "NSGenericException",
    "NetworkUnavailableReason",
    "URLAuthenticationChallenge",
    "URLCredential",
    "URLError",
    "URLErrorCode",
    "URLSession",
    "URLSessionConfiguration",
    "URLSessionDataDelegate",
    "URLSessionDataTask",
    "URLSessionDelegate",
    "URLSessionDownloadDelegate",
    "URLSessionDownloadTask",
    "URLSessionTask",
    "URLSessionTaskDelegate",
    "URLSessionUploadTask",
    "on_deinit",
]
