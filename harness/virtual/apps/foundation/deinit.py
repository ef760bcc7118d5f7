"""``deinit``: how an app can tell that one of its objects is gone, as Swift's reference counting would.

CPython counts references too, so an object that is in no cycle goes the moment the last reference does. What
on a phone is kept by a session that nobody invalidated is kept here by the process (``LocalSessions``); a
cycle of the app's own would be found by the collector at some time, which no phone does: an app that means to
leak keeps the object by a session.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import current_process


def on_deinit(thing: object, act: Callable[[], None]) -> None:
    """Run ``act`` on the main thread when an object is gone; not when its process ends with the object there.

    Args:
        thing: the object; has to be one that can be referenced weakly.
        act: what to do then; must not hold the object itself.
    """
    process = current_process()
    finalizer = weakref.finalize(thing, lambda: process.enqueue(act))
    finalizer.atexit = False

    def forget(_record: ExitRecord) -> None:
        finalizer.detach()

    process.phone.exits.observe_exit(process.pid, forget)
