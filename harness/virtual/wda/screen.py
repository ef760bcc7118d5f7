"""The screen as one command sees it: all of it, and the part in which elements are looked for.

Which app is looked at (WebDriverAgent 16 itself, FBSession.m)::

    an alert of the system is shown             SpringBoard, and nothing of it but the alert
    defaultActiveApplication, if in front       that app; SpringBoard always counts as in front
    the app that the session is bound to        that app if in front; an error if it has ended by itself
    else                                        whatever is in front

Guessed: that an alert wins over everything, and that the app switcher is SpringBoard's for a session that
looks at whatever is in front (in life it is at times the app behind it, so tools say SpringBoard).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.kernel.front.front import Shown
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.placed import Placed, place
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.sessions import Session

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

Draw = Callable[["VirtualPhone"], Node]
"""Draws what is on a phone's screen."""

SPRINGBOARD = "com.apple.springboard"


@dataclass(frozen=True)
class AppSeen:
    """An app that is looked at.

    Attributes:
        bundle_id: which.
        pid: its process.
        name: its name on the screen.
        arguments: what it was launched with.
        environment: the same.
    """

    bundle_id: str
    pid: int
    name: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


class Screen:
    """The screen of a phone at one moment.

    Args:
        phone: the phone.
        draw: draws it.
    """

    def __init__(self, phone: VirtualPhone, draw: Draw) -> None:
        self._phone = phone
        self._draw = draw

    @functools.cached_property
    def whole(self) -> Placed:
        """Everything on it."""
        in_front = self.in_front
        return place(self._draw(self._phone), f"{in_front.bundle_id}:{in_front.pid}")

    @functools.cached_property
    def alert(self) -> Placed | None:
        """The alert that lies over everything."""
        shown = [each for each in self.whole.walk() if each.node.kind is Kind.ALERT]
        return shown[-1] if shown else None

    @property
    def window(self) -> Rect:
        """All of it, in points."""
        return layout_of(self._phone).window

    @property
    def in_front(self) -> AppSeen:
        """Whose the screen is, alerts aside."""
        process = self._phone.springboard.front
        if self._phone.front.shown is not Shown.APP or process is None:
            return _springboard(self._phone)
        app = self._phone.apps.get(process.bundle_id)
        name = app.name if app else process.name
        environment = tuple(process.environment.items())
        return AppSeen(process.bundle_id, process.pid, name, process.arguments, environment)

    def app_for(self, session: Session | None) -> AppSeen:
        """The app that a session looks at.

        Raises:
            Refusal: ``invalid element state``; the app that it is bound to has ended.
        """
        in_front = self.in_front
        if session is not None:
            self._check_bound(session, in_front)
        looks_at = session.looks_at if session is not None else ""
        return _springboard(self._phone) if self.alert is not None or looks_at == SPRINGBOARD else in_front

    def looked_at(self, session: Session | None) -> Placed:
        """Where a session looks for elements.

        Raises:
            Refusal: ``invalid element state``; the app that it is bound to has ended.
        """
        app = self.app_for(session)
        if self.alert is not None:
            return self._of_springboard((self.alert,))
        # What is behind an app is not drawn, so of SpringBoard there is nothing but itself.
        return self.whole if app.bundle_id == self.in_front.bundle_id else self._of_springboard(())

    def _check_bound(self, session: Session, in_front: AppSeen) -> None:
        bound_to = session.bound_to
        overruled = session.looks_at in (SPRINGBOARD, in_front.bundle_id)
        if not bound_to or overruled or not session.is_expected_to_run:
            return
        if self._phone.processes.of_bundle(bound_to) is None:
            what = f"The application under test with bundle id '{bound_to}' is not running, possibly crashed"
            raise Refusal(Trouble.INVALID_ELEMENT_STATE, what)

    def _of_springboard(self, children: tuple[Placed, ...]) -> Placed:
        node = Node(Kind.APPLICATION, self.window, label="SpringBoard")
        return Placed(node, 0, f"{SPRINGBOARD}#", children)


def _springboard(phone: VirtualPhone) -> AppSeen:
    process = phone.processes.named("SpringBoard")
    return AppSeen(SPRINGBOARD, process.pid if process else 0, " ")
