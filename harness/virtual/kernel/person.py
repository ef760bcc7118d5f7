"""What a person does to a phone with their hands."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from harness.virtual.kernel.springboard import LaunchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.conditions import Conditions
    from harness.virtual.kernel.front.front import Front
    from harness.virtual.kernel.nsurlsessiond.daemon import NSURLSessionD
    from harness.virtual.kernel.power import Power
    from harness.virtual.kernel.springboard import SpringBoard


class PersonActs:
    """The part of a phone that hands act on; ``VirtualPhone`` is the rest."""

    conditions: Conditions
    front: functools.cached_property[Front]
    springboard: SpringBoard
    urlsession: NSURLSessionD
    _power: Power

    def user_launch(self, bundle_id: str) -> int:
        """Tap the app's icon; returns the process identifier.

        Raises:
            LaunchRefused: not installed, or the phone is locked.
        """
        return self.springboard.open(LaunchRequest(bundle_id)).pid

    def press_home(self) -> None:
        """Press Home; twice soon after each other opens the app switcher where there is a home button."""
        self.front.press_home()

    def lock(self) -> None:
        """Lock the phone; what is in front leaves it."""
        self.springboard.lock()

    def go_to_sleep(self) -> None:
        """Put the phone to sleep as the side button does: what is in front leaves it, and it is locked.

        Whoever asks for it, no power assertion prevents it; that it is locked then too is guessed.
        """
        self.lock()
        self.conditions.fall_asleep()

    def unlock(self) -> None:
        """Unlock the phone, with the passcode if there is one; a phone that is down stays as it is."""
        self.springboard.unlock()

    def reboot(self) -> None:
        """Restart the phone: everything ends at once, and it is back ``rules.boot_s`` of phone time later.

        What it keeps and what it does not is in ``kernel.power``.
        """
        self._power.reboot()

    @property
    def is_off(self) -> bool:
        """Whether it is switched off, and stays so until ``switch_on``."""
        return self._power.is_off

    def shut_down(self) -> None:
        """Switch the phone off: everything ends at once, and it stays down until ``switch_on``."""
        self._power.shut_down()

    def switch_on(self) -> None:
        """Press the button; a phone that is off is up ``rules.boot_s`` later, to another nothing happens."""
        self._power.switch_on()

    def force_quit(self, bundle_id: str) -> None:
        """Swipe the app's card out of the app switcher; also when the app does not run."""
        self.springboard.swipe_away(bundle_id)
        self.urlsession.app_was_force_quit(bundle_id)
