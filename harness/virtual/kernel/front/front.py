"""The screen of one phone: what is on it that is no other part's truth.

What there is to be shown is asked of whoever knows: SpringBoard which app is in front, the app switcher whose
cards there are, settings and conditions how they stand. What lies over what::

    alerts            over everything, until a button is pressed
    lock screen       while the phone is locked
    Siri              from a question until Home is pressed or an app opened
    app switcher      from its gesture until a card or Home is chosen
    notifications     from the gesture that pulls them down until one, or Home, is chosen
    an app, or the home screen
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.virtual.apps.controls import Control
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.front.alerts import Alerts
from harness.virtual.kernel.front.automation import Automation
from harness.virtual.kernel.front.home import HomePages
from harness.virtual.kernel.front.links import is_settings_link
from harness.virtual.kernel.front.navigation import SettingsNavigation
from harness.virtual.kernel.front.notifications import Notification, Notifications
from harness.virtual.kernel.front.rules import DOUBLE_PRESS_S, MODELS_WITH_HOME_BUTTON
from harness.virtual.kernel.front.siri import PHRASES, fulfil, understood
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.springboard import LaunchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

URL_OPTION = "UIApplicationLaunchOptionsURLKey"
"""``UIApplication.LaunchOptionsKey.url``."""


class Shown(StrEnum):
    """What fills the screen, alerts aside."""

    LOCK_SCREEN = "lock screen"
    HOME = "home screen"
    SWITCHER = "app switcher"
    APP = "app"
    SIRI = "siri"
    NOTIFICATION_CENTRE = "notification centre"


class NoSuchCard(HarnessError):
    """The app has no card in the app switcher."""


class NoAppForURL(HarnessError):
    """No app on the phone opens such a URL."""


class Front:
    """What is on the screen of one phone.

    Args:
        phone: the phone.

    Attributes:
        settings: which pages of the Settings app are open.
        alerts: what lies over everything.
        automation: whether test runners may work the screen.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._overlay: Shown | None = None
        self._switcher_card = 0
        self._home = HomePages(phone.apps.home_screen)
        self._pressed_home_s: float | None = None
        self._notifications = Notifications()
        self.settings = SettingsNavigation(phone)
        self.alerts = Alerts(phone, self._lay_over)
        self.automation = Automation(phone, self.alerts)
        phone.springboard.came_forward.add(self._came_forward)
        phone.conditions.observe(self._condition_changed)
        phone.apps.on_removed.add(self._notifications.forget_app)

    @property
    def shown(self) -> Shown:
        """What fills the screen, alerts aside."""
        if self._phone.locked:
            return Shown.LOCK_SCREEN
        if self._overlay is not None:
            return self._overlay
        return Shown.HOME if self._phone.springboard.front is None else Shown.APP

    @property
    def language(self) -> str:
        """What stands on the screen: one of ``siri.PHRASES``, English where the phone's language is not."""
        language = self._phone.preferences.language
        return language if language in PHRASES else "en"

    @language.setter
    def language(self, language: str) -> None:
        if language not in PHRASES:
            raise ValueError(f"a virtual phone speaks {', '.join(PHRASES)}, not {language}")
        self._phone.preferences.speak(language)

    # The app switcher.

    @property
    def cards(self) -> tuple[str, ...]:
        """Bundle identifiers of the cards in the app switcher, most recently used first."""
        return self._phone.springboard.switcher.cards

    def open_switcher(self) -> None:
        """Open the app switcher; on a locked phone nothing happens."""
        if not self._phone.locked:
            self._switcher_card = 0
            self._show_over(Shown.SWITCHER)

    def close_switcher(self) -> None:
        """Close the app switcher: what was in front before is there again."""
        if self._overlay is Shown.SWITCHER:
            self._show_over(None)

    @property
    def switcher_card(self) -> int:
        """Which card is in the middle of the app switcher, from 0; the newest one when it is opened."""
        return max(min(self._switcher_card, len(self.cards) - 1), 0)

    def swipe_switcher(self, to: int) -> None:
        """Bring a card to the middle; beyond the oldest, or before the newest, that one."""
        self._switcher_card = min(max(to, 0), max(len(self.cards) - 1, 0))

    def open_card(self, bundle_id: str) -> None:
        """Tap a card, which brings its app to the front.

        Raises:
            NoSuchCard: the app has none.
        """
        self._need_card(bundle_id)
        self._phone.user_launch(bundle_id)

    def swipe_card_away(self, bundle_id: str) -> None:
        """Swipe a card up, which force-quits its app; after the last one the home screen is there.

        Raises:
            NoSuchCard: the app has none.
        """
        self._need_card(bundle_id)
        self._phone.force_quit(bundle_id)
        if not self.cards:
            self.close_switcher()

    def _need_card(self, bundle_id: str) -> None:
        if bundle_id not in self.cards:
            raise NoSuchCard(f"{bundle_id} has no card in the app switcher: {', '.join(self.cards)}")

    # Home.

    @property
    def has_home_button(self) -> bool:
        """Whether the phone has a home button."""
        return self._phone.spec.model in MODELS_WITH_HOME_BUTTON.split()

    @property
    def dock(self) -> tuple[str, ...]:
        """Bundle identifiers in the dock, on every page of the home screen."""
        return self._home.dock

    @property
    def home_pages(self) -> tuple[tuple[str, ...], ...]:
        """Bundle identifiers, page by page; at least one page. What is in folders is on none."""
        return self._home.pages

    @property
    def home_page(self) -> int:
        """Which page is shown, from 0."""
        return self._home.shown

    def swipe_home(self, to: int) -> None:
        """Go to a page of the home screen; beyond the last, or before the first, to that one."""
        self._home.show(to)

    def press_home(self) -> None:
        """Press Home, or swipe up from the bar; a second time soon after opens the app switcher.

        That second time counts only where there is a home button.
        """
        clock = self._phone.clock
        before_s, self._pressed_home_s = self._pressed_home_s, clock.now_s
        if self.has_home_button and before_s is not None and clock.now_s - before_s <= DOUBLE_PRESS_S:
            self._pressed_home_s = None
            self.open_switcher()
        elif self._overlay in (Shown.SIRI, Shown.NOTIFICATION_CENTRE):
            self._show_over(None)
        else:
            self._go_home()

    def _go_home(self) -> None:
        if self.shown is Shown.HOME:
            self._home.show(0)
        self._phone.springboard.go_home()

    # What opens apps.

    def open_url(self, url: str, bundle_id: str = "") -> None:
        """Open a URL, with an app or with whoever takes its scheme.

        Raises:
            NoAppForURL: no app takes it.
            LaunchRefused: the app is not installed, or the phone is locked.
        """
        phone, is_settings = self._phone, is_settings_link(url, self._phone.spec.ios_major)
        if is_settings and bundle_id in ("", SETTINGS.bundle_id):
            self.settings.open_url(url)
            return
        request = LaunchRequest(bundle_id or self._opener_of(url), options={URL_OPTION: url})
        with phone.work.batch():
            process = phone.springboard.open(request)
            process.enqueue(lambda: process.application.open_url(url))

    def _opener_of(self, url: str) -> str:
        scheme = url.partition(":")[0]
        for app in self._phone.apps:
            if scheme in app.url_schemes:
                return app.bundle_id
        raise NoAppForURL(f"no app on this phone opens {scheme}: URLs")

    @property
    def notifications(self) -> tuple[Notification, ...]:
        """The notifications that are there, newest first."""
        return self._notifications.posted

    def open_notification_centre(self) -> None:
        """Pull the notifications down over what is there; a locked phone shows them already."""
        if not self._phone.locked:
            self._show_over(Shown.NOTIFICATION_CENTRE)

    def post_notification(self, bundle_id: str, title: str, text: str) -> None:
        """Post a notification of an app, which lights the screen of a phone that sleeps."""
        self._notifications.post(Notification(bundle_id, title, text))
        if self._phone.conditions.asleep:
            self._phone.conditions.wake_up()

    def tap_notification(self, bundle_id: str) -> None:
        """Tap the newest notification of an app, which opens it; the notification is gone then.

        Raises:
            NoSuchNotification: it has none.
            LaunchRefused: the phone is locked, and takes a passcode.
        """
        notification, phone = self._notifications.newest_of(bundle_id), self._phone
        if phone.locked and not phone.locked_by_passcode:
            phone.unlock()
        phone.user_launch(bundle_id)
        self._notifications.remove(notification)

    # Siri.

    def ask_siri(self, words: str) -> None:
        """Ask Siri; it is on the screen then until Home is pressed.

        It does what it understands in the phone's language, and needs a network for that. On a locked phone
        nothing happens.
        """
        phone = self._phone
        if phone.locked:
            return
        self._show_over(Shown.SIRI)
        wish = understood(words, self.language)
        if wish is not None and phone.network.route(allows_cellular=True) is not None:
            fulfil(phone, wish)

    # What lies over what.

    def controls(self) -> tuple[Control, ...]:
        """What the app in front shows that can be tapped; a tap runs the app's code in its process."""
        process = self._phone.springboard.front
        if process is None:
            return ()
        return tuple(_in_process(control, process) for control in process.delegate.controls())

    def _show_over(self, overlay: Shown | None) -> None:
        self._overlay = overlay
        self._lay_over()

    def _lay_over(self) -> None:
        """Let the app in front know whether something lies over it."""
        is_covered = self._overlay is not None or self.alerts.showing is not None
        self._phone.springboard.cover(is_covered)

    def _came_forward(self, _bundle_id: str) -> None:
        self._show_over(None)

    def _condition_changed(self, what: str) -> None:
        if what == Change.POWER:
            self._home.show(0)
            self.automation.booted()
            self.alerts.clear()


def _in_process(control: Control, process: Process) -> Control:
    return replace(control, act=lambda: process.enqueue(control.act))
