"""Exceptions that Foundation raises at its caller; an app that catches none crashes."""

from __future__ import annotations


class NSGenericException(Exception):
    """Apple's exception for what an object cannot do, under Apple's name."""


NO_CLOSURES = "Completion handler blocks are not supported in background sessions. Use a delegate instead."
"""Source: background-execution.md §1.8.1; the text as many public crash reports have it."""

NO_DATA_TASKS = "Data tasks are not supported in background sessions."
"""Source: background-execution.md §1.8.1; the text as of iOS 7. That later ones say it too is guessed."""

NO_UPLOADS_FROM_DATA = "Upload tasks from NSData are not supported in background sessions."
"""Source: background-execution.md §1.8.1; the text as many public crash reports have it."""

INVALIDATED = "Task created in a session that has been invalidated"
"""The text as public crash reports have it."""
