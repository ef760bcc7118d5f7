"""DVT mobilenotifications: application states, pushed as they change.

Source: background-execution.md §3.1 (fields, a sample, the burst after enabling).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.kernel.processes.states import StateEvent
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.dvt_channel import VOID, DvtChannel, Void
from harness.wire.nskeyed import NSDate

DESCRIPTIONS = {
    1: "Terminated",
    2: "Background Task Suspended",
    4: "Background Running",
    8: "Foreground Running",
}
"""``SBApplicationState`` -> its text. Source: background-execution.md §1.1."""


class MobileNotifications(DvtChannel):
    """The channel of application-state and memory notifications."""

    identifier = "com.apple.instruments.server.services.mobilenotifications"

    _subscription: Subscription | None = None

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "setApplicationStateNotificationsEnabled:": self._enable_states,
            "setMemoryNotificationsEnabled:": self._enable_memory,
        }

    def close(self) -> None:
        """See ``DvtChannel.close``."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def _enable_states(self, enabled: object) -> Void:
        if not enabled:
            self.close()
        elif self._subscription is None:
            self._subscription = self.phone.states.subscribe(self._tell)
            for event in self.phone.states.snapshot():
                self._tell(event)
        return VOID

    def _enable_memory(self, _enabled: object) -> Void:
        # Accepted; this phone never runs short of memory on its own.
        return VOID

    def _tell(self, event: StateEvent) -> None:
        self.link.call("applicationStateNotification:", notice(event))


def notice(event: StateEvent) -> dict[str, object]:
    """The one dictionary of a push; ``elevated_state`` always equals ``state`` (§1.1)."""
    description = DESCRIPTIONS.get(event.state, "Unknown")
    return {
        "appName": event.app_name,
        "displayID": event.bundle_id,
        "elevated_state": event.state,
        "elevated_state_description": description,
        "execName": event.exec_name,
        "mach_absolute_time": event.mach,
        "pid": event.pid,
        "state": event.state,
        "state_description": description,
        "timestamp": NSDate.from_unix_s(event.wall_s),
    }
