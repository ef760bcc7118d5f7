"""What is broken about working a phone's screen at the moment: its test runner, and what fingers meet.

Nothing here happens by itself: a person or a script breaks it, and the runner's server asks before it
answers.
"""

from __future__ import annotations


class ScreenFaults:
    """The faults of one phone's screen.

    Attributes:
        loses_session_on_wifi: whether switching Wi-Fi breaks every connection to the runner, and its session.
        slow_s: how much phone time passes before each answer, in seconds.
        switches_ignore_taps: whether a tap on a switch does nothing.
    """

    def __init__(self) -> None:
        self.mend()

    def mend(self) -> None:
        """Take back every fault."""
        self.loses_session_on_wifi = False
        self.slow_s = 0.0
        self.switches_ignore_taps = False
        self._requests_to_crash: int | None = None
        self._failures = 0
        self._stale_uses = 0

    def crash(self, after_requests: int = 0) -> None:
        """Have the runner crash amid the request that comes after so many more."""
        self._requests_to_crash = after_requests

    def takes_crash(self) -> bool:
        """Count a request; whether the runner crashes amid it, which it does once."""
        left = self._requests_to_crash
        if left is None:
            return False
        self._requests_to_crash = left - 1 if left else None
        return left == 0

    def fail(self, requests: int) -> None:
        """Have the next so many requests answered by an error of the server's own."""
        self._failures = requests

    def takes_failure(self) -> bool:
        """Count a request; whether it fails."""
        failing = self._failures > 0
        self._failures -= failing
        return failing

    def make_stale(self, uses: int) -> None:
        """Have elements be gone the next so many times that they are used."""
        self._stale_uses = uses

    def takes_stale(self) -> bool:
        """Count a use of an element; whether it is gone."""
        gone = self._stale_uses > 0
        self._stale_uses -= gone
        return gone
