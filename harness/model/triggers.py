"""What a story can ask of an app, in words that every app's profile translates into its own.

A sample app takes these words as they are. Which of them another app can be told, and how, stands in its
profile; a story that needs one it has none for is not told with that app.
"""

from __future__ import annotations

from enum import StrEnum


class Trigger(StrEnum):
    """One thing an app can be made to do; arguments by name, of which those in brackets may be missing."""

    START_DOWNLOAD = "start-download"
    """``url``, ``id``, and how (``Transfer``)."""
    START_UPLOAD = "start-upload"
    """``url``, ``id``, ``size_bytes``, and how (``Transfer``): a multipart body in a file of the app's."""
    LIST_TASKS = "list-tasks"
    """[``session``]; answers ``tasks``."""
    CANCEL_ALL = "cancel-all"
    """[``session``]."""
    RESET = "reset"
    """Cancels everything and forgets it."""
    PROBE = "probe"
    """Answers ``state``, ``background_refresh``, ``low_power``, ``sessions``, ``downloads``."""
    EXIT = "exit"
    """[``code``]: the process ends itself."""
    CRASH = "crash"
    """An exception that nobody catches."""
    USE_BLOCK_API = "use-block-api"
    """``url``: a task with a completion closure in a background session."""
    OPEN_SESSION = "open-session"
    """``session``: what a screen does that needs the session; answers ``objects``, how many there are now."""
    OPEN_SCREEN = "open-screen"
    """``screen``: push a screen that shows transfers."""
    CLOSE_SCREEN = "close-screen"
    """``screen``: pop it."""
    BEGIN_BACKGROUND_TASK = "begin-background-task"
    """[``ends_after_s``], [``handler``]: ``beginBackgroundTask``, for work that takes so long
    once the app is not in front; never ended without the first."""
    PLAY_AUDIO = "play-audio"
    """[``silent``]: start playing; ``silent`` sets the session up and plays nothing."""
    STOP_AUDIO = "stop-audio"
    """Stop playing."""
    TICK = "tick"
    """``every_s``: journal that code runs, again and again."""
    WATCH_REGION = "watch-region"
    """``latitude``, ``longitude``, ``radius_m``."""
    START_CONTINUED_TASK = "start-continued-task"
    """``id``, ``units``, ``unit_s``: a continued processing task that reports progress."""
    SCHEDULE_REFRESH = "schedule-refresh"
    """``id``, ``earliest_s``; answers ``error``, a ``BGTaskScheduler`` code, or nothing."""
    SCHEDULE_PROCESSING = "schedule-processing"
    """``id``, ``earliest_s``; answers as the refresh does."""
    WRITE_LOG = "write-log"
    """``text``: one line per level, the text public in one and private in another."""


class Transfer(StrEnum):
    """How a transfer is made: arguments of ``start-download`` and ``start-upload``, all of them optional."""

    SESSION = "session"
    """Identifier of the session; by default one made for this transfer, that carries the run nonce."""
    KIND = "kind"
    """``background``, which is the default, or ``default``: a session that lives in the app."""
    CELLULAR = "cellular"
    """``no``: ``allowsCellularAccess = false``."""
    RESOURCE_TIMEOUT_S = "resource_timeout_s"
    """``timeoutIntervalForResource``."""
    REQUEST_TIMEOUT_S = "request_timeout_s"
    """``timeoutIntervalForRequest``."""
    DISCRETIONARY = "discretionary"
    """``yes``: ``isDiscretionary``."""
    WAITS = "waits_for_connectivity"
    """``yes``: ``waitsForConnectivity``."""
    LAUNCH_EVENTS = "launch_events"
    """``no``: ``sessionSendsLaunchEvents = false``."""
    GIVE_UP_AFTER_S = "give_up_after_s"
    """The app marks the transfer failed after so long, whatever becomes of it."""
