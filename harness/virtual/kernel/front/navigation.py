"""Which pages of the Settings app are open, and how far each is scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.front.links import pages_of_link
from harness.virtual.kernel.front.pages import ROOT, Page
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.springboard import LaunchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class SettingsNavigation:
    """The navigation stack of Settings, which is the process's: a new process begins at the root.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._of_process: object = None
        self._open: list[Page] = [ROOT]
        self._scrolled: list[float] = [0.0]

    @property
    def pages(self) -> tuple[Page, ...]:
        """The open pages, the root first; never empty."""
        self._settle()
        return tuple(self._open)

    @property
    def scrolled_points(self) -> float:
        """By how much the page on top is scrolled down; each page keeps its own while it is open."""
        self._settle()
        return self._scrolled[-1]

    @scrolled_points.setter
    def scrolled_points(self, points: float) -> None:
        self._settle()
        self._scrolled[-1] = max(points, 0.0)

    def push(self, page: Page) -> None:
        """Open a page over the one on top."""
        self._settle()
        self._open.append(page)
        self._scrolled.append(0.0)

    def pop(self) -> None:
        """Go back one page; at the root nothing happens."""
        self._settle()
        if len(self._open) > 1:
            self._open.pop()
            self._scrolled.pop()

    def open_url(self, url: str) -> None:
        """Open a link into Settings, which comes to the front for it.

        Args:
            url: a link for which ``links.is_settings_link`` holds.

        Raises:
            LaunchRefused: the phone is locked.
        """
        phone = self._phone
        phone.springboard.open(LaunchRequest(SETTINGS.bundle_id))
        installed = frozenset(app.bundle_id for app in phone.apps)
        self.go_to(pages_of_link(url, phone.spec.ios_major, installed))

    def go_to(self, pages: tuple[Page, ...]) -> None:
        """Put other pages in the place of those that are open.

        Args:
            pages: what is open then, the root first.
        """
        self._settle()
        self._open = list(pages)
        self._scrolled = [0.0] * len(pages)

    def _settle(self) -> None:
        """Begin anew when the process is another one than it was."""
        process = self._phone.processes.of_bundle(SETTINGS.bundle_id)
        if process is not self._of_process:
            self._of_process = process
            self._open, self._scrolled = [ROOT], [0.0]
