"""Pages of the Settings app."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PageKind(StrEnum):
    """Which page."""

    ROOT = "settings"
    WIFI = "wi-fi"
    GENERAL = "general"
    BACKGROUND_REFRESH = "background app refresh"
    REFRESH_CHOICE = "choice of background app refresh"
    """Off, Wi-Fi, or Wi-Fi and cellular: only on a phone that has cellular."""
    BATTERY = "battery"
    APPS = "apps"
    """The list of apps, where it is not on the root."""
    APP = "app"
    """An app's own page."""


@dataclass(frozen=True)
class Page:
    """One open page.

    Attributes:
        kind: which.
        bundle_id: the app, for ``PageKind.APP``.
    """

    kind: PageKind
    bundle_id: str = ""


ROOT = Page(PageKind.ROOT)
"""Where Settings begins."""
