"""An xdist worker whose controller died ends itself, so that its phone is free again.

xdist notices the end of its controller only between two tests; a phone would be held for as long as
the test under way takes.
"""

from __future__ import annotations

import os
import threading

import pytest

LOOK_EVERY_S = 0.5
"""How often a worker looks whether its controller is still there, in wall time."""

ORPHANED_STATUS = 70
"""Exit status of a worker that ended itself."""

_END = pytest.StashKey[threading.Event]()


def pytest_configure(config: pytest.Config) -> None:
    """In a worker, start to watch the controller."""
    if not hasattr(config, "workerinput"):
        return
    end = config.stash[_END] = threading.Event()
    looking = threading.Thread(target=watch, args=(os.getppid(), end), name="controller watch", daemon=True)
    looking.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop watching."""
    if _END in config.stash:
        config.stash[_END].set()


def watch(controller: int, end: threading.Event) -> None:
    """End this process once it is another's child.

    Args:
        controller: process identifier of its parent.
        end: set when it needs no watching any more.
    """
    while not end.wait(LOOK_EVERY_S):
        if os.getppid() != controller:
            # Nobody is left to report to, and the kernel frees the phone's lock with the process.
            os._exit(ORPHANED_STATUS)
