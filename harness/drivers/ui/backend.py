"""What working a screen takes: finding, reading and touching, whoever passes it on to the phone.

Two backends implement it, and pass the same contract tests. Pages are written against it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SPRINGBOARD = "com.apple.springboard"
"""What draws the home screen, the app switcher, the notifications and the alerts of the system."""


class Using(StrEnum):
    """How something is looked for; the words of the protocol."""

    ID = "accessibility id"
    CLASS_CHAIN = "class chain"
    PREDICATE = "predicate string"
    CLASS_NAME = "class name"


@dataclass(frozen=True)
class Locator:
    """One way to find something on the screen.

    Attributes:
        using: how.
        value: what is looked for, in that way's language.
    """

    using: Using
    value: str

    def __str__(self) -> str:
        return f"{self.using} {self.value!r}"


@dataclass(frozen=True)
class Element:
    """Something that was found; good until the screen changes.

    Attributes:
        id: as the backend names it.
        found_by: how it was found, for messages.
    """

    id: str
    found_by: Locator


@dataclass(frozen=True)
class Rect:
    """A rectangle of the screen, in points.

    Attributes:
        x: left edge.
        y: upper edge.
        width: towards the right.
        height: downwards.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


class Direction(StrEnum):
    """Whereto a finger swipes."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"


class AppOnScreen(StrEnum):
    """How far an app is, as UI automation sees it; whether it is suspended it does not tell reliably."""

    NOT_RUNNING = "not running"
    BACKGROUND = "in the background"
    FOREGROUND = "in the foreground"


@dataclass(frozen=True)
class Drag:
    """A finger that is put down, moved and lifted.

    Attributes:
        start: where it is put down, in points.
        end: where it is lifted.
        press_s: how long it rests at the start.
        hold_s: how long it rests at the end.
        points_per_s: how fast it moves.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    press_s: float = 0.1
    hold_s: float = 0.0
    points_per_s: float = 400.0


@dataclass(frozen=True)
class AlertShown:
    """A system alert, which lies over all else.

    Attributes:
        text: title and message.
        buttons: their labels, in the order of the screen.
    """

    text: str
    buttons: tuple[str, ...]


class Backend(Protocol):
    """The screen of one phone, and nothing of what is on it.

    Errors of all methods:
        RunnerFailed: the runner or its session is gone, and could not be had again.
        ScreenChanged: an element is gone; nothing was touched.
        ScreenUnexpected: the phone refused a touch.
        CommandTimeout: no answer within the protective deadline, in wall time.
    """

    async def ping(self) -> None:
        """Return when runner and session answer; a session that was lost is made anew."""
        ...

    # Looking.

    async def find(self, locator: Locator, within: Element | None = None) -> Element | None:
        """The first element that fits, or ``None``; never ``None`` because the session is gone."""
        ...

    async def find_all(self, locator: Locator, within: Element | None = None) -> tuple[Element, ...]:
        """Every element that fits, in the order of the screen."""
        ...

    async def attribute(self, element: Element, name: str) -> str | None:
        """An attribute, such as ``value``, ``label``, ``name``, ``type``, ``enabled`` or ``visible``."""
        ...

    async def rect(self, element: Element) -> Rect:
        """Where it is."""
        ...

    async def window(self) -> Rect:
        """The whole screen."""
        ...

    async def source(self) -> str:
        """What is on the screen, as XML."""
        ...

    async def screenshot(self) -> bytes:
        """A picture of the screen: a PNG."""
        ...

    async def alert(self) -> AlertShown | None:
        """The system alert that lies over all else, if there is one."""
        ...

    async def active_app(self) -> str:
        """Bundle identifier of the app in front; SpringBoard's at the home screen."""
        ...

    async def app_state(self, bundle_id: str) -> AppOnScreen:
        """How far an app is."""
        ...

    async def is_locked(self) -> bool:
        """Whether the phone is locked."""
        ...

    # Touching.

    async def click(self, element: Element) -> None:
        """Tap the middle of an element."""
        ...

    async def tap_at(self, x: float, y: float) -> None:
        """Tap a point of the screen."""
        ...

    async def swipe(self, element: Element, direction: Direction) -> None:
        """Swipe over an element."""
        ...

    async def drag(self, drag: Drag) -> None:
        """Drag a finger over the screen."""
        ...

    async def press_alert(self, button: str) -> None:
        """Press a button of the system alert, by its label."""
        ...

    async def press(self, button: str) -> None:
        """Press a button of the phone: ``home``, ``volumeup``, ``volumedown``."""
        ...

    # Apps and the phone.

    async def launch(self, bundle_id: str) -> None:
        """Launch an app of the system, or bring it to the front; never the app under test."""
        ...

    async def terminate(self, bundle_id: str) -> bool:
        """End an app as UI automation does; whether it ran."""
        ...

    async def look_at(self, bundle_id: str | None) -> None:
        """Have elements looked for in one app although another is in front; ``None`` for the one in front."""
        ...

    async def go_home(self) -> None:
        """Bring the home screen to the front."""
        ...

    async def lock(self) -> None:
        """Lock the phone."""
        ...

    async def unlock(self) -> None:
        """Unlock the phone, which asks for no passcode."""
        ...

    async def open_url(self, url: str, bundle_id: str | None = None) -> None:
        """Open a URL, with an app if one is named."""
        ...

    async def ask_siri(self, words: str) -> None:
        """Tell Siri something."""
        ...

    async def close(self) -> None:
        """End the session; one that is gone is no error."""
        ...
