"""Going down and coming up again.

Theory, with what each step does to the rest::

    up    --reboot--> down    every process ended, the image unmounted, debuggers gone
    down  --reboot--> down    counts anew
    down  --boot_s--> up      a new boot session: identifier, uptime and process identifiers begin again;
                              locked and not yet unlocked where there is a passcode

What a person installed, an app has stored and a computer was trusted with stays. Not kept, other than on
a phone: background transfers. nsurlsessiond forgets every session at a reboot, as if its tasks had never
been; on a phone they go on after the first unlock (background-execution.md §1.8). That the image has to
be mounted anew after every boot is documented by every public client that mounts one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.processes.exits import by_signal

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

_SIGKILL = 9


class Power:
    """Whether one phone runs.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._coming_up: Timer | None = None

    def reboot(self) -> None:
        """Take the phone down; it comes up by itself ``boot_s`` later."""
        phone = self._phone
        if self._coming_up is not None:
            self._coming_up.cancel()
        self._go_down()
        self._coming_up = phone.clock.call_later(phone.rules.boot_s, self._come_up)
        phone.clock.emitted()

    def _go_down(self) -> None:
        phone = self._phone
        phone.conditions.is_up = False
        # Nobody may open an app, or wake one, on a phone that is down.
        phone.springboard.locked = True
        phone.springboard.first_unlock_done = False
        with phone.work.batch():
            for app in phone.apps:
                phone.urlsession.forget_app(app.bundle_id)
            for process in (*phone.processes.applications(), *phone.processes):
                phone.runningboard.ended(process, by_signal(_SIGKILL))
        phone.conditions.unmount_image()
        phone.conditions.tell(Change.POWER)

    def _come_up(self) -> None:
        phone = self._phone
        self._coming_up = None
        phone.begin_boot_session()
        has_passcode = phone.conditions.passcode is not None
        phone.springboard.locked = has_passcode
        phone.springboard.first_unlock_done = not has_passcode
        phone.conditions.asleep = False
        phone.conditions.is_up = True
        phone.conditions.tell(Change.POWER)
        phone.clock.emitted()
