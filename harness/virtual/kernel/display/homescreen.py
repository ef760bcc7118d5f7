"""The home screen: which icon is where.

Guessed: what the dock holds at first; that a new app goes behind the last icon of the last page; and that
an icon which a new layout leaves out goes there too. Source of the sizes: what clients document of a phone's
answer to ``getHomeScreenIconMetrics``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

FIRST_DOCK = ("com.apple.mobilephone", "com.apple.mobilesafari", "com.apple.MobileSMS", "com.apple.Music")
"""What is in the dock until somebody changes it."""

COLUMNS = 4
ROWS = 6
DOCK_MOST = 4
PAGE_MOST = COLUMNS * ROWS


@dataclass(frozen=True)
class Folder:
    """A folder.

    Attributes:
        name: as it reads under its icon.
        pages: bundle identifiers, page by page.
    """

    name: str
    pages: tuple[tuple[str, ...], ...]


Icon = str | Folder
"""A bundle identifier, or a folder."""

Layout = tuple[tuple[Icon, ...], ...]
"""The dock, then page after page."""


class HomeScreen:
    """The home screen of one phone.

    Args:
        installed: tells the bundle identifiers of what is installed, oldest first.
    """

    def __init__(self, installed: Callable[[], Sequence[str]]) -> None:
        self._installed = installed
        self._layout: Layout = (FIRST_DOCK, ())

    @property
    def layout(self) -> Layout:
        """Where everything is that is installed, each app once."""
        return self._settled(self._layout)

    def arrange(self, layout: Layout) -> None:
        """Put the icons elsewhere; an app that is not installed, or comes again, gets no place."""
        self._layout = self._settled(layout)

    def _settled(self, layout: Layout) -> Layout:
        left = list(self._installed())
        lists = [tuple(_kept(icons, left)) for icons in layout] or [()]
        pages = [page for page in lists[1:] if page]
        for bundle_id in left:
            if not pages or len(pages[-1]) >= PAGE_MOST:
                pages.append(())
            pages[-1] = (*pages[-1], bundle_id)
        return (lists[0], *pages)


def _kept(icons: Sequence[Icon], left: list[str]) -> Iterator[Icon]:
    """The icons whose apps are among ``left``, from which they are taken."""
    for icon in icons:
        if isinstance(icon, Folder):
            pages = tuple(tuple(_taken(page, left)) for page in icon.pages)
            kept = replace(icon, pages=tuple(page for page in pages if page))
            if kept.pages:
                yield kept
        else:
            yield from _taken((icon,), left)


def _taken(bundle_ids: Sequence[str], left: list[str]) -> Iterator[str]:
    for bundle_id in bundle_ids:
        if bundle_id in left:
            left.remove(bundle_id)
            yield bundle_id
