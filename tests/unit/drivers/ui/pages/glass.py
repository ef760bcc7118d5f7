"""A screen in memory: things that are found by what they are said to be found by, and what taps do to them.

For what goes wrong only; that pages work is shown on virtual phones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.drivers.ui.backend import (
    AlertShown,
    AppOnScreen,
    Direction,
    Drag,
    Element,
    Locator,
    Rect,
)
from harness.errors import ScreenChanged

ROW = Rect(0, 100, 400, 44)
SMALL = Rect(300, 100, 51, 44)


@dataclass
class Thing:
    """Something on the screen.

    Attributes:
        name: under which it is found, whatever the way.
        rect: where it is.
        attributes: what it reads.
        tapped: told where it was tapped.
        stale: how many uses from now on find it gone.
    """

    name: str
    rect: Rect = ROW
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    tapped: Callable[[float], None] | None = None
    stale: int = 0


@dataclass
class Glass:
    """The screen; implements ``Backend``.

    Attributes:
        things: what is on it.
        alerts: those that lie over it, the uppermost first.
        pressed: buttons of alerts that were pressed.
        front: the app in front.
        pings: how often it was asked whether it is there.
        moves: told every drag; whether anything moved with it is what it does to ``things``.
    """

    things: list[Thing] = field(default_factory=list[Thing])
    alerts: list[AlertShown] = field(default_factory=list[AlertShown])
    pressed: list[str] = field(default_factory=list[str])
    front: str = "com.apple.springboard"
    locked: bool = False
    pings: int = 0
    moves: Callable[[Drag], None] = lambda drag: None
    presses_work: bool = True

    async def ping(self) -> None:
        self.pings += 1

    async def find(self, locator: Locator, within: Element | None = None) -> Element | None:
        return next(iter(await self.find_all(locator, within)), None)

    async def find_all(self, locator: Locator, within: Element | None = None) -> tuple[Element, ...]:
        found = [number for number, thing in enumerate(self.things) if thing.name in locator.value]
        return tuple(Element(str(number), locator) for number in found)

    async def attribute(self, element: Element, name: str) -> str | None:
        return self._use(element).attributes.get(name)

    async def rect(self, element: Element) -> Rect:
        return self._use(element).rect

    async def window(self) -> Rect:
        return Rect(0, 0, 400, 800)

    async def source(self) -> str:
        return "".join(f'<Cell name="{thing.name}" y="{thing.rect.y}"/>' for thing in self.things)

    async def screenshot(self) -> bytes:
        return b""

    async def alert(self) -> AlertShown | None:
        return self.alerts[0] if self.alerts else None

    async def active_app(self) -> str:
        return self.front

    async def app_state(self, bundle_id: str) -> AppOnScreen:
        return AppOnScreen.FOREGROUND if bundle_id == self.front else AppOnScreen.NOT_RUNNING

    async def is_locked(self) -> bool:
        return self.locked

    async def click(self, element: Element) -> None:
        rect = await self.rect(element)
        await self.tap_at(*rect.centre)

    async def tap_at(self, x: float, y: float) -> None:
        for thing in self.things:
            rect = thing.rect
            if rect.x <= x < rect.x + rect.width and rect.y <= y < rect.y + rect.height and thing.tapped:
                thing.tapped(x)

    async def swipe(self, element: Element, direction: Direction) -> None:
        self._use(element)

    async def drag(self, drag: Drag) -> None:
        self.moves(drag)

    async def press_alert(self, button: str) -> None:
        self.pressed.append(button)
        if self.presses_work:
            self.alerts.pop(0)

    async def press(self, button: str) -> None:
        pass

    async def launch(self, bundle_id: str) -> None:
        self.front = bundle_id

    async def terminate(self, bundle_id: str) -> bool:
        return False

    async def look_at(self, bundle_id: str | None) -> None:
        pass

    async def go_home(self) -> None:
        self.front = "com.apple.springboard"

    async def lock(self) -> None:
        pass

    async def unlock(self) -> None:
        pass

    async def open_url(self, url: str, bundle_id: str | None = None) -> None:
        pass

    async def ask_siri(self, words: str) -> None:
        pass

    async def close(self) -> None:
        pass

    def _use(self, element: Element) -> Thing:
        thing = self.things[int(element.id)]
        if thing.stale:
            thing.stale -= 1
            raise ScreenChanged(f"{thing.name} is stale")
        return thing
