"""In which order rows stand on the pages of Settings, by iOS version. Data only.

Rows that lead nowhere here are there to be seen: they make lists as long as on a phone, so that what is
wanted has to be scrolled to.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.versions.row import Row, Standing
from harness.virtual.wda.pages.settings.words import Word


@dataclass(frozen=True)
class Order:
    """In which order rows stand on a page.

    Attributes:
        kind: which page.
        words: its rows, from above.
        source: where that is from.
        standing: how far to trust it.
        first: first iOS major it holds for.
        last: last iOS major it holds for.
    """

    kind: PageKind
    words: tuple[Word, ...]
    source: str
    standing: Standing
    first: int = 0
    last: int = 999


_GUESS = Standing.GUESSED

ORDERS: tuple[Order, ...] = (
    Order(
        PageKind.ROOT,
        (
            Word.AIRPLANE,
            Word.WIFI,
            Word.BLUETOOTH,
            Word.CELLULAR,
            Word.NOTIFICATIONS,
            Word.SOUNDS,
            Word.FOCUS,
            Word.SCREEN_TIME,
            Word.GENERAL,
            Word.CONTROL_CENTRE,
            Word.DISPLAY,
            Word.HOME_SCREEN,
            Word.ACCESSIBILITY,
            Word.WALLPAPER,
            Word.SIRI,
            Word.PASSCODE,
            Word.BATTERY,
            Word.PRIVACY,
        ),
        "from memory",
        _GUESS,
        last=17,
    ),
    Order(
        PageKind.ROOT,
        (
            Word.AIRPLANE,
            Word.WIFI,
            Word.BLUETOOTH,
            Word.CELLULAR,
            Word.BATTERY,
            Word.GENERAL,
            Word.ACCESSIBILITY,
            Word.CONTROL_CENTRE,
            Word.DISPLAY,
            Word.HOME_SCREEN,
            Word.SIRI,
            Word.WALLPAPER,
            Word.NOTIFICATIONS,
            Word.SOUNDS,
            Word.FOCUS,
            Word.SCREEN_TIME,
            Word.PASSCODE,
            Word.PRIVACY,
            Word.APPS,
        ),
        "from memory",
        _GUESS,
        first=18,
    ),
    Order(
        PageKind.GENERAL,
        (
            Word.ABOUT,
            Word.SOFTWARE_UPDATE,
            Word.AIRDROP,
            Word.AIRPLAY,
            Word.STORAGE,
            Word.REFRESH,
            Word.DATE,
            Word.KEYBOARD,
            Word.LANGUAGE,
            Word.RESET,
        ),
        "from memory",
        _GUESS,
    ),
    Order(PageKind.BATTERY, (Word.PERCENTAGE, Word.LOW_POWER), "from memory", _GUESS),
)
"""The order of every page whose rows do not depend on what is installed."""

ORDER_RULES: tuple[Row, ...] = tuple(
    Row(
        f"rows of {order.kind}", ", ".join(order.words), order.source, order.standing, order.first, order.last
    )
    for order in ORDERS
)
"""Every order, where it is from and how far to trust it."""


def order_of(kind: PageKind, major: int) -> tuple[Word, ...]:
    """The rows of a page on an iOS major version, from above.

    Raises:
        KeyError: the page is none of ``ORDERS``.
    """
    for order in ORDERS:
        if order.kind is kind and order.first <= major <= order.last:
            return order.words
    raise KeyError(f"no order of {kind} on iOS {major}")
