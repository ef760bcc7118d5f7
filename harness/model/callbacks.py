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
    DID_BECOME_INVALID = "didBecomeInvalidWithError"
    WAITING_FOR_CONNECTIVITY = "taskIsWaitingForConnectivity"
    MARKED_FAILED = "markedFailed"
    WILL_TERMINATE = "willTerminate"
    BACKGROUND_TASK_BEGAN = "backgroundTaskBegan"
    BACKGROUND_TASK_EXPIRED = "backgroundTaskExpired"
    BACKGROUND_TASK_ENDED = "backgroundTaskEnded"
    NOTIFICATION_POSTED = "notificationPosted"
    SCREEN_UPDATED = "screenUpdated"
    SCREEN_GONE = "screenDeinit"
    TICK = "tick"
    REGION_ENTERED = "didEnterRegion"
    REGION_EXITED = "didExitRegion"
    REFRESH_LAUNCHED = "appRefreshTaskLaunched"
    PROCESSING_LAUNCHED = "processingTaskLaunched"
    CONTINUED_LAUNCHED = "continuedTaskLaunched"
    CONTINUED_PROGRESS = "continuedTaskProgress"
    CONTINUED_EXPIRED = "continuedTaskExpired"
    CONTINUED_COMPLETED = "continuedTaskCompleted"


class WakeReason(StrEnum):
    """Why iOS ran an app that the user did not open."""

    URL_SESSION = "background URLSession events"
    LOCATION = "a region or location event"
    APP_REFRESH = "an app refresh task"
    PROCESSING = "a processing task"
