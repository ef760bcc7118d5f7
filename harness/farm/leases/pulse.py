"""A holder is heard: it touches the file of its own lock, again and again, from a thread of its own.

Who holds a phone that an agent serves says so all the time. When it is silent for the lease time, it is
stopped, and the agent takes the phone back. Nothing is written into the lease file for that: a process that
is stopped while it writes there holds up everybody, and this is what is written most often.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress


class Pulse:
    """Says that one holder lives.

    Args:
        touch: says it once.
        every_s: how often, in wall time.
    """

    def __init__(self, touch: Callable[[], None], every_s: float) -> None:
        self._touch = touch
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease heartbeat", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pid = os.getpid()
        while os.getpid() == pid:
            # A disk may be full or slow for a moment; who fell silent for that would lose its phones.
            with suppress(OSError):
                self._touch()
            if self._over.wait(self._every_s):
                return

    def stop(self) -> None:
        """Fall silent; the holder is about to leave."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
