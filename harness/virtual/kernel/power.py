"""Going down and coming up again.

Theory, with what each step does to the rest::

    up    --reboot-----> down    every process ended, the image unmounted, debuggers gone
    down  --reboot-----> down    counts anew
    down  --boot_s-----> up      a new boot session: identifier, uptime and process identifiers begin again;
                                 locked and not yet unlocked where there is a passcode
    up    --shut down--> off     ends the same, and stays down
    down  --shut down--> off
    off   --reboot-----> off     nobody is there to hear of it
    off   --switch on--> down    a person presses the button; it comes up boot_s later

What a person installed, an app has stored and a computer was trusted with stays. Background transfers wait
for the first unlock (``kernel.nsurlsessiond``). That the image has to be mounted anew after every boot is
documented by every public client that mounts one.
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
        self._is_off = False

    @property
    def is_off(self) -> bool:
        """Whether the phone is switched off, and stays so until a person switches it on."""
        return self._is_off

    def reboot(self) -> None:
        """Take the phone down; it comes up by itself ``boot_s`` later. One that is off stays off."""
        if not self._is_off:
            self._go_down()
            self._begin_to_come_up()

    def shut_down(self) -> None:
        """Take the phone down for good; one that is off is no error."""
        if not self._is_off:
            self._is_off = True
            self._go_down()
            self._phone.clock.emitted()

    def switch_on(self) -> None:
        """Press the button of a phone that is off, which is up ``boot_s`` later; on any other no error."""
        if self._is_off:
            self._is_off = False
            self._begin_to_come_up()

    def _begin_to_come_up(self) -> None:
        clock = self._phone.clock
        self._coming_up = clock.call_later(self._phone.rules.boot_s, self._come_up)
        clock.emitted()

    def _go_down(self) -> None:
        phone = self._phone
        if self._coming_up is not None:
            self._coming_up.cancel()
            self._coming_up = None
        phone.conditions.is_up = False
        # Nobody may open an app, or wake one, on a phone that is down.
        phone.springboard.locked = True
        phone.springboard.first_unlock_done = False
        with phone.work.batch():
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
