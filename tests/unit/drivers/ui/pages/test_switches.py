from __future__ import annotations

import asyncio

import pytest

from harness.drivers.ui.backend import Element, Rect
from harness.drivers.ui.pages import switches
from harness.drivers.ui.pages.alerts import Alerts
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Spot, locators_for
from harness.drivers.ui.pages.switches import places_to_tap, read_switch, set_switch
from harness.errors import RunnerFailed, ScreenUnexpected, SettingNotApplied
from tests.unit.drivers.ui.pages.glass import ROW, SMALL, Glass, Thing

_SWITCH = "XCUIElementTypeSwitch"


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "MOVES_S", 0.0)


def _hand(glass: Glass) -> Hand:
    locators = locators_for("18.5")
    return Hand(glass, locators, Alerts(glass, locators.alerts, "desk-15", print), "desk-15")


async def _set(glass: Glass, on: bool) -> None:
    hand = _hand(glass)

    async def find() -> Element:
        return await hand.need(hand.locators.of(Spot.WIFI_SWITCH), 0.0)

    await set_switch(hand, find, on)


def _switch(rect: Rect, thumb: tuple[float, float]) -> Thing:
    """A switch that is off, and that a tap flips between two edges of its thumb."""

    def tapped(x: float) -> None:
        if thumb[0] <= x < thumb[1]:
            thing.attributes["value"] = "1" if thing.attributes["value"] == "0" else "0"

    thing = Thing(_SWITCH, rect, {"value": "0"}, tapped)
    return thing


def test_a_switch_that_reads_as_wanted_is_not_touched() -> None:
    touched: list[float] = []
    thing = Thing(_SWITCH, ROW, {"value": "1"}, touched.append)
    asyncio.run(_set(Glass([thing]), on=True))
    assert touched == []


@pytest.mark.parametrize(
    ("rect", "thumb"),
    [(SMALL, (300, 351)), (SMALL, (335, 351)), (ROW, (350, 400)), (ROW, (0, 50)), (ROW, (150, 250))],
    ids=["as wide as it looks", "only its right end", "row-wide", "from right to left", "only its middle"],
)
def test_every_place_is_tried_until_it_reads_as_wanted(rect: Rect, thumb: tuple[float, float]) -> None:
    thing = _switch(rect, thumb)
    asyncio.run(_set(Glass([thing]), on=True))
    assert thing.attributes["value"] == "1"


def test_a_row_wide_switch_is_tapped_at_its_thumb_first_and_a_small_one_in_its_middle() -> None:
    assert places_to_tap(ROW)[0] == ROW.width - switches.THUMB_POINTS
    assert places_to_tap(SMALL)[0] == SMALL.centre[0]


def test_one_that_ignores_taps_is_told_with_both_readings() -> None:
    with pytest.raises(SettingNotApplied, match="it read off before, and reads off after") as raised:
        asyncio.run(_set(Glass([_switch(ROW, (0, 0))]), on=True))
    assert raised.value.phone == "desk-15"


def test_one_that_is_grey_is_not_tapped() -> None:
    thing = _switch(SMALL, (300, 351))
    thing.attributes["enabled"] = "false"
    with pytest.raises(SettingNotApplied, match="off, grey"):
        asyncio.run(_set(Glass([thing]), on=True))
    assert thing.attributes["value"] == "0"


@pytest.mark.parametrize("value", ["", "true", "Home Network"])
def test_what_reads_neither_0_nor_1_is_no_switch(value: str) -> None:
    with pytest.raises(ScreenUnexpected, match="not 0 or 1"):
        asyncio.run(_set(Glass([Thing(_SWITCH, ROW, {"value": value})]), on=True))


def test_a_switch_that_went_stale_between_finding_and_reading_is_found_anew() -> None:
    thing = Thing(_SWITCH, ROW, {"value": "1"}, stale=1)
    hand = _hand(Glass([thing]))

    async def read() -> bool:
        spot = hand.locators.of(Spot.WIFI_SWITCH)
        return (await read_switch(hand, lambda: hand.need(spot, 0.0))).on

    assert asyncio.run(read()) is True


def test_a_tap_whose_answer_was_lost_counts_by_what_it_did() -> None:
    class Cut(Glass):
        async def tap_at(self, x: float, y: float) -> None:
            await super().tap_at(x, y)
            raise RunnerFailed("the connection is gone")

    thing = _switch(SMALL, (300, 351))
    glass = Cut([thing])
    asyncio.run(_set(glass, on=True))
    assert thing.attributes["value"] == "1"
    assert glass.pings == 1


def test_a_runner_that_does_not_come_back_after_a_tap_is_told() -> None:
    class Gone(Glass):
        async def tap_at(self, x: float, y: float) -> None:
            raise RunnerFailed("the connection is gone")

        async def ping(self) -> None:
            raise RunnerFailed("it did not come back")

    with pytest.raises(RunnerFailed, match="did not come back"):
        asyncio.run(_set(Gone([_switch(SMALL, (300, 351))]), on=True))
