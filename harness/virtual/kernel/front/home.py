"""The pages of the home screen, and which of them is shown."""

from __future__ import annotations

from collections.abc import Iterable

from harness.virtual.kernel.display.homescreen import HomeScreen, Icon


class HomePages:
    """The pages of one phone's home screen; which icon is where is the home screen's own.

    Args:
        home_screen: where the icons are.
    """

    def __init__(self, home_screen: HomeScreen) -> None:
        self._home_screen = home_screen
        self._shown = 0

    @property
    def dock(self) -> tuple[str, ...]:
        """Bundle identifiers in the dock; what is in folders is not in it."""
        return _apps_of(self._home_screen.layout[0])

    @property
    def pages(self) -> tuple[tuple[str, ...], ...]:
        """Bundle identifiers, page by page; at least one page. What is in folders is on none."""
        return tuple(map(_apps_of, self._home_screen.layout[1:])) or ((),)

    @property
    def shown(self) -> int:
        """Which page is shown, from 0; the last where there are fewer by now."""
        return min(self._shown, len(self.pages) - 1)

    def show(self, page: int) -> None:
        """Go to a page; beyond the last, or before the first, to that one."""
        self._shown = min(max(page, 0), len(self.pages) - 1)


def _apps_of(icons: Iterable[Icon]) -> tuple[str, ...]:
    return tuple(icon for icon in icons if isinstance(icon, str))
