"""Switches of Settings: read, acted on, read again, and never trusted.

Theory (appium-and-wda.md §4, trap 9): a click on an element taps its middle. From iOS 16.4 on the switch of
a row may span the whole row, and its middle is then where the title ends: the click succeeds, and nothing
changes. Only the thumb counts, and it lies at the end of the row: on the right, or on the left where the
language is written from right to left. So::

    read -> as wanted: done
    a switch as wide as it looks: tap its middle, its right end, its left end
    one that is wider:            tap its right end, its left end, its middle
    after each tap read again -> as wanted: done
    SettingNotApplied, with the first reading and the last

A tap follows only on a reading that is not as wanted, so that one which took effect late is not undone.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.drivers.ui.backend import Element, Rect
from harness.drivers.ui.pages.hand import Hand
from harness.errors import CommandTimeout, RunnerFailed, ScreenUnexpected, SettingNotApplied

THUMB_POINTS = 39
"""From the end of a row-wide switch to its thumb. Source: appium-and-wda.md §4, trap 9."""

WIDEST_POINTS = 80
"""No switch looks wider than this: it has 51 points up to iOS 18, and some more on 26; from memory."""

PLACES = 3

MOVES_S = 1.5
"""How long a switch may take to show what a tap did, in wall seconds; guessed."""

_VALUES = {"0": False, "1": True}
"""What the value of a switch reads."""

Find = Callable[[], Awaitable[Element]]
"""Finds the switch as it is now; raises where there is none."""


@dataclass(frozen=True)
class SwitchReading:
    """What a switch shows.

    Attributes:
        on: how it stands.
        enabled: whether it can be changed; one that is grey cannot.
    """

    on: bool
    enabled: bool

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'}{'' if self.enabled else ', grey'}"


async def read_switch(hand: Hand, find: Find) -> SwitchReading:
    """What a switch shows.

    Raises:
        ScreenUnexpected: its value reads neither 0 nor 1; whatever ``find`` raises.
    """
    return await hand.again_when_stale(lambda: _read(hand, find))


async def set_switch(hand: Hand, find: Find, on: bool) -> bool:
    """Bring a switch to where it should stand; returns once it reads so.

    Returns:
        Whether it had to be touched for that.

    Raises:
        SettingNotApplied: it does not, after its middle and both its ends were tapped; or it is grey.
        ScreenUnexpected: as reading it does.
    """
    first = await read_switch(hand, find)
    if first.on is on:
        return False
    if not first.enabled:
        raise _not_applied(hand, on, first, first)
    for place in range(PLACES):
        act = functools.partial(_act, hand, find, place)
        if await hand.tap_for(act, lambda: _stands(hand, find, on), MOVES_S):
            return True
    raise _not_applied(hand, on, first, await read_switch(hand, find))


async def _read(hand: Hand, find: Find) -> SwitchReading:
    element = await find()
    value = await hand.backend.attribute(element, "value")
    if value not in _VALUES:
        raise ScreenUnexpected(
            f"what was found by {element.found_by} is no switch: its value is {value!r}, not 0 or 1",
            phone=hand.phone,
            fix="Look at the phone; correct the locator in locators.yaml.",
        )
    return SwitchReading(_VALUES[value], await hand.backend.attribute(element, "enabled") != "false")


async def _stands(hand: Hand, find: Find, on: bool) -> bool:
    return (await read_switch(hand, find)).on is on


async def _act(hand: Hand, find: Find, place: int) -> None:
    """Touch a switch. Whether that did anything is told by reading, so a lost answer is no failure.

    A switch of Wi-Fi may take the connection along by which it was touched (appium-and-wda.md §4, trap 11);
    a runner that has not come back is told by the ping.
    """

    async def measured() -> Rect:
        return await hand.backend.rect(await find())

    try:
        rect = await hand.again_when_stale(measured)
        await hand.backend.tap_at(places_to_tap(rect)[place], rect.centre[1])
    except (RunnerFailed, CommandTimeout):
        await hand.backend.ping()


def places_to_tap(rect: Rect) -> tuple[float, ...]:
    """Where along a switch to tap, in the order in which it is tried, in points of the screen."""
    middle, right, left = rect.centre[0], rect.x + rect.width - THUMB_POINTS, rect.x + THUMB_POINTS
    return (right, left, middle) if rect.width > WIDEST_POINTS else (middle, right, left)


def _not_applied(hand: Hand, on: bool, first: SwitchReading, last: SwitchReading) -> SettingNotApplied:
    return SettingNotApplied(
        f"a switch was to be {'on' if on else 'off'}: it read {first} before, and reads {last} after",
        phone=hand.phone,
        fix="Look at the phone: something may hold the switch.",
    )
