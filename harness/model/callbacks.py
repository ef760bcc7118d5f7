"""The callbacks an app can be asked to prove, under the names Apple gave them."""

from __future__ import annotations

from enum import StrEnum


class Callback(StrEnum):
    """A callback or an act of the app, as its journal names it (docs/journal.md)."""

    DID_FINISH_LAUNCHING = "didFinishLaunching"
    DID_BECOME_ACTIVE = "didBecomeActive"
    WILL_RESIGN_ACTIVE = "willResignActive"
    DID_ENTER_BACKGROUND = "didEnterBackground"
    WILL_ENTER_FOREGROUND = "willEnterForeground"
    HANDLE_EVENTS = "handleEventsForBackgroundURLSession"
    DID_FINISH_DOWNLOADING = "didFinishDownloadingTo"
    DID_COMPLETE = "didCompleteWithError"
    DID_FINISH_EVENTS = "urlSessionDidFinishEvents"
    COMPLETION_HANDLER = "completionHandlerCalled"


class WakeReason(StrEnum):
    """Why iOS ran an app that the user did not open."""

    URL_SESSION = "background URLSession events"
