"""What the system log says of the radios.

The beginnings of the lines are strings of Apple's binaries (background-execution.md §3.3); the words after
them, and that a link that goes is told by wifid, are guessed. Of cellular no line is known.
"""

from __future__ import annotations

from harness.virtual.kernel.conditions import Change, Conditions
from harness.virtual.kernel.core import Core

WIFI_CHANGED = "WiFi state changed: {state}"
LINK_DOWN = "Link went down"
AIRPLANE_CHANGED = "Airplane Mode is now {state}"


class RadioLog:
    """Logs what becomes of one phone's radios.

    Args:
        core: for its log.
        conditions: where the radios stand.
    """

    def __init__(self, core: Core, conditions: Conditions) -> None:
        self._core = core
        self._conditions = conditions
        self._wifi_on = conditions.wifi_on
        self._has_link = conditions.is_on_wifi
        self._airplane = conditions.airplane
        conditions.observe(self._condition_changed)

    def _condition_changed(self, what: str) -> None:
        if what not in (Change.WIFI, Change.CELLULAR):
            return
        now = self._conditions
        airplane, self._airplane = self._airplane, now.airplane
        if now.airplane != airplane:
            self._core.log_as("SpringBoard", AIRPLANE_CHANGED.format(state=_ON_OFF[now.airplane]))
        wifi_on, self._wifi_on = self._wifi_on, now.wifi_on
        if now.wifi_on != wifi_on:
            self._core.log_as("wifid", WIFI_CHANGED.format(state=_ON_OFF[now.wifi_on]))
        had_link, self._has_link = self._has_link, now.is_on_wifi
        if had_link and not now.is_on_wifi:
            self._core.log_as("wifid", LINK_DOWN)


_ON_OFF = {True: "On", False: "Off"}
