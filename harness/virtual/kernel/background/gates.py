"""What dasd asks before it runs a task, and in which order.

Theory. A refresh is short, so it is asked only whether it may be, and not too often. Processing takes
minutes, so it waits until nobody uses the phone, for the night or a charger, and for what it asks for
itself (background-execution.md §1.3, §1.7, §1.9). The names of the policies are guessed but for their form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.virtual.kernel.background.activities import Activity, TaskKind
from harness.virtual.kernel.background.figures import IDLE_AFTER_S, NIGHT_ENDS_HOUR, REFRESH_SPACING_S
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.settings import RefreshStatus

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class Policy(StrEnum):
    """What a gate is called in the log."""

    BOOT = "BootTimePolicy"
    APPLICATION = "ApplicationPolicy"
    INTERFACE = "NetworkPathPolicy"
    RATE = "RateLimitationPolicy"
    ACTIVITY = "DeviceActivityPolicy"
    NIGHT = "TimelinePolicy"
    CHARGER = "ChargerPluggedInPolicy"
    NETWORK = "NetworkQualityPolicy"


@dataclass(frozen=True)
class Gate:
    """One question.

    Attributes:
        policy: what it is called.
        kinds: of which tasks it is asked.
        is_open: whether the task may run as far as that goes.
    """

    policy: Policy
    kinds: frozenset[TaskKind]
    is_open: Callable[[Gates, Activity], bool]


class Gates:
    """The gates of one phone, with what they remember.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._refreshed_s: dict[str, float] = {}
        self._locked_since_s: float | None = None
        self._conditions_changed(Change.LOCK)
        phone.conditions.observe(self._conditions_changed)

    def first_closed(self, activity: Activity) -> Gate | None:
        """The first gate that keeps a task waiting, or ``None``."""
        asked = (gate for gate in GATES if activity.request.kind in gate.kinds)
        return next((gate for gate in asked if not gate.is_open(self, activity)), None)

    def refreshed(self, bundle_id: str) -> None:
        """Take note that an app's refresh has begun."""
        self._refreshed_s[bundle_id] = self._phone.clock.now_s

    def _conditions_changed(self, what: str) -> None:
        if what == Change.LOCK:
            self._locked_since_s = self._phone.clock.now_s if self._phone.locked else None

    def is_ready(self, _: Activity) -> bool:
        """Whether the phone runs, and has been unlocked since it booted."""
        return self._phone.conditions.is_up and self._phone.springboard.first_unlock_done

    def refresh_is_on(self, activity: Activity) -> bool:
        """Whether the app would be told that background refresh is available to it."""
        return self._phone.settings.refresh_status(activity.bundle_id) is RefreshStatus.AVAILABLE

    def is_on_allowed_network(self, _: Activity) -> bool:
        """Whether the phone is on a network by which the settings let apps refresh."""
        route = self._phone.network.route(allows_cellular=True)
        return self._phone.settings.refreshes_over(route)

    def has_waited(self, activity: Activity) -> bool:
        """Whether the app's last refresh is long enough ago."""
        last_s = self._refreshed_s.get(activity.bundle_id)
        return last_s is None or self._phone.clock.now_s - last_s >= REFRESH_SPACING_S

    def is_idle(self, _: Activity) -> bool:
        """Whether nobody has used the phone for a while."""
        since_s = self._locked_since_s
        return since_s is not None and self._phone.clock.now_s - since_s >= IDLE_AFTER_S

    def is_night_or_fed(self, _: Activity) -> bool:
        """Whether it is night, or the battery is being fed."""
        hour = self._phone.clock.now_s % 86_400 / 3_600
        return hour < NIGHT_ENDS_HOUR or self._phone.conditions.battery.external_power

    def has_power(self, activity: Activity) -> bool:
        """Whether the battery is being fed, where the request asks for that."""
        return not activity.request.requires_power or self._phone.conditions.battery.external_power

    def has_network(self, activity: Activity) -> bool:
        """Whether there is a network, where the request asks for that."""
        wanted = activity.request.requires_network
        return not wanted or self._phone.network.route(allows_cellular=True) is not None


_ALL = frozenset({TaskKind.REFRESH, TaskKind.PROCESSING})
_REFRESH, _PROCESSING = frozenset({TaskKind.REFRESH}), frozenset({TaskKind.PROCESSING})

GATES: tuple[Gate, ...] = (
    Gate(Policy.BOOT, _ALL, Gates.is_ready),
    Gate(Policy.APPLICATION, _ALL, Gates.refresh_is_on),
    Gate(Policy.INTERFACE, _REFRESH, Gates.is_on_allowed_network),
    Gate(Policy.RATE, _REFRESH, Gates.has_waited),
    Gate(Policy.ACTIVITY, _PROCESSING, Gates.is_idle),
    Gate(Policy.NIGHT, _PROCESSING, Gates.is_night_or_fed),
    Gate(Policy.CHARGER, _PROCESSING, Gates.has_power),
    Gate(Policy.NETWORK, _PROCESSING, Gates.has_network),
)
"""In the order in which they are asked."""
