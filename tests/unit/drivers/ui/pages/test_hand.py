from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from harness.drivers.ui.backend import AlertShown, Drag, Locator, Rect, Using
from harness.drivers.ui.pages.alerts import Alerts
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Target, locators_for
from harness.errors import ScreenUnexpected
from tests.unit.drivers.ui.pages.glass import Glass, Thing

_LAST = Target("last row", (Locator(Using.ID, "nothing of the kind"), Locator(Using.ID, "last")))


def _hand(glass: Glass) -> Hand:
    locators = locators_for("18.5")
    return Hand(glass, locators, Alerts(glass, locators.alerts, "desk-15", print), "desk-15")


def _list(*names: str, most: float) -> Glass:
    """Rows one below the other, on a list that can be scrolled by so many points."""
    rows = [Thing(name, Rect(0, 100 + 100 * place, 400, 100)) for place, name in enumerate(names)]
    glass, scrolled = Glass(rows), 0.0

    def moves(drag: Drag) -> None:
        nonlocal scrolled
        by = max(-scrolled, min(most - scrolled, drag.start[1] - drag.end[1]))
        scrolled += by
        for row in rows:
            row.rect = replace(row.rect, y=row.rect.y - by)

    glass.moves = moves
    return glass


def _tapped(glass: Glass, target: Target) -> list[float]:
    """Where ``target`` was tapped from above, once it was."""
    at: list[float] = []
    row = next(thing for thing in glass.things if thing.name == "last")
    row.tapped = lambda x: at.append(row.rect.centre[1])
    asyncio.run(_hand(glass).tap(target))
    return at


def test_the_ways_are_tried_in_their_order() -> None:
    found = asyncio.run(_hand(Glass([Thing("last")])).find(_LAST))
    assert found is not None
    assert found.found_by == _LAST.ways[1]


def test_what_lies_below_the_screen_is_scrolled_to_before_it_is_tapped() -> None:
    names = [f"row {number}" for number in range(30)]
    (at,) = _tapped(_list(*names, "last", most=2500), _LAST)
    assert 0 < at < 720


def test_what_lies_at_the_very_end_of_a_list_is_tapped_where_it_can_be_brought() -> None:
    (at,) = _tapped(_list(*(str(number) for number in range(6)), "last", most=0), _LAST)
    assert at == 750


def test_a_miss_tells_what_was_tried_and_what_is_there() -> None:
    glass = _list("About", "Keyboard", most=0)
    with pytest.raises(ScreenUnexpected, match="the last row is not on the screen") as raised:
        asyncio.run(_hand(glass).reach(_LAST))
    assert "accessibility id 'last'" in str(raised.value)
    assert "About, Keyboard" in str(raised.value)


def test_an_alert_that_hid_it_is_sent_away_and_it_is_looked_for_again() -> None:
    class Covered(Glass):
        async def press_alert(self, button: str) -> None:
            await super().press_alert(button)
            self.things.append(Thing("last"))

    glass = Covered(alerts=[AlertShown("Software Update", ("Later",))])
    asyncio.run(_hand(glass).need(_LAST, 0.0))
    assert glass.pressed == ["Later"]


def test_what_went_stale_under_the_finger_is_found_and_tapped_once() -> None:
    glass = _list("last", most=0)
    glass.things[0].stale = 1
    assert len(_tapped(glass, _LAST)) == 1


def test_what_is_stale_each_time_is_an_error() -> None:
    glass = _list("last", most=0)
    glass.things[0].stale = 100
    with pytest.raises(ScreenUnexpected, match="stale"):
        _tapped(glass, _LAST)
