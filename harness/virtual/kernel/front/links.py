"""Links into the Settings app: from a URL to the pages that it opens, per iOS version.

Forms (background-execution.md §2.6)::

    prefs:root=General&path=AUTO_CONTENT_DOWNLOAD
    App-prefs:General&path=AUTO_CONTENT_DOWNLOAD                          also with root=
    settings-navigation://com.apple.Settings.General/AUTO_CONTENT_DOWNLOAD

What follows ``#`` names a row to show, and does not count here. A pane that is not in the table opens the
root, as does every link on a version of which it is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from harness.virtual.kernel.front.pages import ROOT, Page, PageKind
from harness.virtual.kernel.front.rules import rule
from harness.virtual.versions.row import Row, Standing

PANES: Mapping[str, tuple[PageKind, ...]] = {
    "WIFI": (PageKind.WIFI,),
    "General": (PageKind.GENERAL,),
    "General/AUTO_CONTENT_DOWNLOAD": (PageKind.GENERAL, PageKind.BACKGROUND_REFRESH),
    "BATTERY_USAGE": (PageKind.BATTERY,),
    "APPS": (PageKind.APPS,),
}
"""Pane -> the pages over the root. Source: §2.6; that APPS is one is guessed."""

PANE_RULES: tuple[Row, ...] = tuple(
    Row(f"pane {pane}", " > ".join(kinds), "guessed with the form of the others", Standing.GUESSED)
    if pane == "APPS"
    else Row(f"pane {pane}", " > ".join(kinds), "§2.6; appium-and-wda §5", Standing.DOCUMENTED)
    for pane, kinds in PANES.items()
)
"""Every pane, where it is from and how far to trust it."""

NATIVE: Mapping[str, str] = {
    "com.apple.Settings.WiFi": "WIFI",
    "com.apple.Settings.General": "General",
    "com.apple.Settings.Battery": "BATTERY_USAGE",
    "com.apple.Settings.Apps": "APPS",
}
"""Host of a ``settings-navigation`` link -> its pane. §2.6 names the first two; the others are guessed."""


def is_settings_link(url: str, major: int) -> bool:
    """Whether a phone of that version opens a URL with Settings."""
    return url.partition(":")[0] in str(rule("SETTINGS_SCHEMES", major)).split()


def pages_of_link(url: str, major: int, installed: frozenset[str]) -> tuple[Page, ...]:
    """The pages that a link opens, the root first.

    Args:
        url: a link for which ``is_settings_link`` holds.
        major: first number of the iOS version.
        installed: bundle identifiers of the apps, whose own pages are panes, too.
    """
    if not rule("settings_links_open_panes", major):
        return (ROOT,)
    pane = _pane(url)
    has_list = bool(rule("apps_have_page_of_their_own", major))
    if pane in installed:
        over = (Page(PageKind.APPS),) if has_list else ()
        return (ROOT, *over, Page(PageKind.APP, pane))
    kinds = PANES.get(pane, ())
    if PageKind.APPS in kinds and not has_list:
        return (ROOT,)
    return (ROOT, *map(Page, kinds))


def _pane(url: str) -> str:
    """What a link names, as ``General/AUTO_CONTENT_DOWNLOAD``; empty for the root."""
    scheme, _, rest = url.partition("#")[0].partition(":")
    if scheme == "settings-navigation":
        host, _, path = rest.removeprefix("//").partition("/")
        return "/".join(part for part in (NATIVE.get(host, host), unquote(path)) if part)
    root, *more = rest.split("&")
    said = {part.partition("=")[0]: part.partition("=")[2] for part in more}
    return "/".join(
        part for part in (unquote(root.removeprefix("root=")), unquote(said.get("path", ""))) if part
    )
