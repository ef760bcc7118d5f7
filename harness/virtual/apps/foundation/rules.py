"""What Foundation itself decides about sessions, before the kernel hears of it; each rule with its source.

Sources named §n are sections of background-execution.md, Sn stories of the catalogue.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing

NO_CLOSURES = "Completion handler blocks are not supported in background sessions. Use a delegate instead."
"""Raised when a task of a background session is made with a closure."""

NO_DATA_TASKS = "Data tasks are not supported in background sessions."
"""Raised when a background session is asked for a data task."""

NO_UPLOADS_FROM_DATA = "Upload tasks from NSData are not supported in background sessions."
"""Raised when a background session is asked for an upload of what is in no file."""

INVALIDATED = "Task created in a session that has been invalidated"
"""Raised when an invalidated session is asked for a task."""

OWN_QUEUE = "other"
"""The thread of a session's own queue, which is not the main one."""

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

RULES: tuple[Row, ...] = (
    Row("closure in a background session", NO_CLOSURES, "§1.8.1; text of public crash reports", _DOC),
    Row(
        "upload from data in a background session",
        NO_UPLOADS_FROM_DATA,
        "§1.8.1; text of public crash reports",
        _DOC,
    ),
    Row(
        "data task in a background session",
        NO_DATA_TASKS,
        "§1.8.1; text of a crash report of iOS 7: that later ones raise it too is guessed",
        _GUESS,
    ),
    Row("task in an invalidated session", INVALIDATED, "the exception and its text from memory", _GUESS),
    Row("thread of delegateQueue nil", OWN_QUEUE, "S26; Apple's documentation: a serial queue", _DOC),
    Row(
        "delegate is kept",
        "until the session is invalidated and all is told",
        "§1.8.9; Foundation's header",
        _DOC,
    ),
    Row(
        "second session object of an identifier",
        "the first one goes on being told",
        "§1.8.9, S19",
        _DOC,
    ),
    Row(
        "second session object, invalidated",
        "ends alone",
        "undefined by Apple; no capture",
        _GUESS,
    ),
    Row("timeoutIntervalForRequest in a background session", "not looked at", "§1.3, S21", _DOC),
)
"""Every rule."""
