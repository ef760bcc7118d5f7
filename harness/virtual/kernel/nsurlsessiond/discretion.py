"""Which tasks the system may choose the time for, and when it chooses to.

Theory: three things make a task discretionary. The app says so (``isDiscretionary``); it creates the task
while in the background; or it has not been in front for 18 hours, after which everything of it is. The second
and the third end when the user opens the app. A discretionary task runs while all of ``NEEDS`` are met.
Source: background-execution.md §1.3, §1.7, §1.8.4; how far to trust each stands in ``rules.FIGURES``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.nsurlsessiond import rules
from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundSession
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


def _has_wifi(phone: VirtualPhone) -> bool:
    return phone.network.route(allows_cellular=False) is not None


def _has_power(phone: VirtualPhone) -> bool:
    return phone.conditions.battery.external_power


def _has_full_power_mode(phone: VirtualPhone) -> bool:
    return not phone.settings.low_power


NEEDS: tuple[tuple[bool, Callable[[VirtualPhone], bool]], ...] = (
    (rules.DISCRETIONARY_NEEDS_WIFI, _has_wifi),
    (rules.DISCRETIONARY_NEEDS_POWER, _has_power),
    (rules.LOW_POWER_STOPS_DISCRETIONARY, _has_full_power_mode),
)
"""What a discretionary task needs, and whether this model has it so."""


class Discretion:
    """Says of the tasks of one phone whether they are discretionary, and whether those may run.

    Args:
        phone: the phone.
        changed: called when an app's tasks have become discretionary by time alone.
    """

    def __init__(self, phone: VirtualPhone, changed: Callable[[], None]) -> None:
        self._phone = phone
        self._changed = changed
        self._transitions: dict[str, Timer] = {}
        self._long_gone: set[str] = set()

    def applies(self, session: BackgroundSession, task: BackgroundTask) -> bool:
        """Whether a task is discretionary now."""
        made_so = rules.BACKGROUND_MAKES_DISCRETIONARY and task.made_in_background
        return session.settings.is_discretionary or made_so or session.bundle_id in self._long_gone

    def lets_run(self) -> bool:
        """Whether discretionary tasks may run now."""
        return all(is_met(self._phone) for counts, is_met in NEEDS if counts)

    def left_foreground(self, bundle_id: str) -> None:
        """Count the 18 hours of an app from now on."""
        self._forget_transition(bundle_id)
        over = partial(self._transition_over, bundle_id)
        self._transitions[bundle_id] = self._phone.clock.call_later(rules.TRANSITION_S, over)

    def came_to_foreground(self, bundle_id: str) -> None:
        """Count no more, and forget that they were over."""
        self._forget_transition(bundle_id)
        self._long_gone.discard(bundle_id)

    def _forget_transition(self, bundle_id: str) -> None:
        timer = self._transitions.pop(bundle_id, None)
        if timer is not None:
            timer.cancel()

    def _transition_over(self, bundle_id: str) -> None:
        self._transitions.pop(bundle_id, None)
        self._long_gone.add(bundle_id)
        self._changed()
