"""What is on the screen: a tree of elements, drawn from the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

Act = Callable[[], None]
"""What a touch leads to: an act of the kernel."""


class Kind(StrEnum):
    """What an element is: the names of ``XCUIElement.ElementType`` as WebDriverAgent writes them."""

    APPLICATION = "XCUIElementTypeApplication"
    WINDOW = "XCUIElementTypeWindow"
    OTHER = "XCUIElementTypeOther"
    NAVIGATION_BAR = "XCUIElementTypeNavigationBar"
    TABLE = "XCUIElementTypeTable"
    COLLECTION_VIEW = "XCUIElementTypeCollectionView"
    SCROLL_VIEW = "XCUIElementTypeScrollView"
    CELL = "XCUIElementTypeCell"
    BUTTON = "XCUIElementTypeButton"
    SWITCH = "XCUIElementTypeSwitch"
    STATIC_TEXT = "XCUIElementTypeStaticText"
    IMAGE = "XCUIElementTypeImage"
    ICON = "XCUIElementTypeIcon"
    ALERT = "XCUIElementTypeAlert"
    SEARCH_FIELD = "XCUIElementTypeSearchField"
    SECURE_TEXT_FIELD = "XCUIElementTypeSecureTextField"
    STATUS_BAR = "XCUIElementTypeStatusBar"
    PAGE_INDICATOR = "XCUIElementTypePageIndicator"


@dataclass(frozen=True)
class Rect:
    """A rectangle of the screen, in points."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True)
class Node:
    """One element.

    Attributes:
        kind: what it is.
        rect: where it is; outside of the window for what has to be scrolled to.
        identifier: its accessibility identifier; WebDriverAgent's ``name`` is this, else the label.
        label: what VoiceOver reads.
        value: such as ``0`` or ``1`` of a switch; ``None`` for none.
        enabled: whether it can be touched.
        visible: whether it can be seen.
        tapped: what a tap on it does; ``None`` for nothing of its own, so that what lies under it gets it.
        tap_zone: where in it a tap counts; ``None`` for all of it.
        swiped_up: what a swipe upwards over it does.
        selected: whether it is the chosen one among its neighbours.
        children: what lies on it, from back to front.
    """

    kind: Kind
    rect: Rect
    identifier: str = ""
    label: str = ""
    value: str | None = None
    enabled: bool = True
    visible: bool = True
    tapped: Act | None = None
    tap_zone: Rect | None = None
    swiped_up: Act | None = None
    selected: bool = False
    children: tuple[Node, ...] = field(default=())

    @property
    def name(self) -> str:
        """WebDriverAgent's ``name``."""
        return self.identifier or self.label

    def walk(self) -> Iterator[Node]:
        """This element and all below it, parents before children, in the order of the screen."""
        yield self
        for child in self.children:
            yield from child.walk()
