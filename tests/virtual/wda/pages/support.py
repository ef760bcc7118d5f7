"""A phone to look at, and a finger."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.front.pages import Page, PageKind
from harness.virtual.kernel.installed import SETTINGS, AppBundle
from harness.virtual.kernel.nsurlsessiond.daemon import NSURLSessionD
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.wda.node import Kind, Node
from harness.virtual.wda.pages.draw import draw
from harness.virtual.wda.pages.scrolling import scroll_to
from tests.virtual.kernel.support import QuietDaemon

FETCHER = AppBundle("dev.harness.fetcher", "Fetcher", "1.0", "Fetcher", background_modes=("fetch",))
"""An app that may have a switch for Background App Refresh."""

PLAIN = AppBundle("dev.harness.plain", "Plain", "1.0", "Plain")
"""An app that has none."""

PHONES = (
    ("15.8", "iPhone9,3"),
    ("16.3", "iPhone10,3"),
    ("16.7", "iPhone10,3"),
    ("17.4", "iPhone15,4"),
    ("18.5", "iPhone14,5"),
    ("26.0", "iPhone17,3"),
    ("26.0", "iPhone12,1"),
)
"""One phone per shape of Settings and per kind of screen."""


def phone_in(
    root: Path,
    ios: str = "17.4",
    model: str = "iPhone15,4",
    *,
    language: str = "en",
    cellular: bool = True,
    apps: Sequence[AppBundle] = (FETCHER, PLAIN),
) -> VirtualPhone:
    """A phone with two apps, at its home screen."""
    spec = PhoneSpec("v", "0" * 24, ios, model, "1A1", cellular=cellular, epoch_s=0.0, language=language)
    return VirtualPhone(spec, root, apps=apps, daemons=lambda _: cast("NSURLSessionD", QuietDaemon()))


@contextmanager
def a_phone(ios: str, model: str, *, language: str = "en", cellular: bool = True) -> Generator[VirtualPhone]:
    """A phone for one example of many."""
    with tempfile.TemporaryDirectory() as root:
        yield phone_in(Path(root), ios, model, language=language, cellular=cellular)


def app_of(delegate: Callable[[], UIApplicationDelegate]) -> AppBundle:
    """An app with code."""
    return AppBundle("dev.harness.coded", "Coded", "1.0", "Coded", delegate)


def in_settings(phone: VirtualPhone, *kinds: PageKind, bundle_id: str = "") -> VirtualPhone:
    """Open pages of Settings one after the other; the last of an app, if one is named."""
    phone.user_launch(SETTINGS.bundle_id)
    for kind in kinds:
        phone.front.settings.push(Page(kind, bundle_id if kind is PageKind.APP else ""))
    return phone


def tap(phone: VirtualPhone, x: float, y: float) -> bool:
    """Touch a point of the screen; returns whether anything took it."""
    act = _hit(draw(phone), x, y)
    if act is not None and act.tapped is not None:
        act.tapped()
    return act is not None


def tap_node(phone: VirtualPhone, node: Node) -> bool:
    """Touch a node where a tap on it counts."""
    return tap(phone, *(node.tap_zone or node.rect).centre)


def hit_by(root: Node, node: Node) -> Node | None:
    """The node that takes a touch of another where that one wants it."""
    return _hit(root, *(node.tap_zone or node.rect).centre)


def _hit(node: Node, x: float, y: float) -> Node | None:
    for child in reversed(node.children):
        found = _hit(child, x, y)
        if found is not None:
            return found
    zone = node.tap_zone or node.rect
    return node if node.visible and node.tapped is not None and zone.holds(x, y) else None


def rows(phone: VirtualPhone) -> list[Node]:
    """The rows of the page of Settings on top, from above."""
    lists = [node for node in draw(phone).walk() if node.kind in (Kind.TABLE, Kind.COLLECTION_VIEW)]
    return list(lists[0].children)


def row(phone: VirtualPhone, title: str) -> Node:
    """The row whose label begins with a title, scrolled to."""
    found = _row(phone, title)
    scroll_to(phone, found)
    return _row(phone, title)


def _row(phone: VirtualPhone, title: str) -> Node:
    return next(node for node in rows(phone) if node.label.split(", ")[0] == title)


def switches(node: Node) -> list[Node]:
    """The switches in a tree."""
    return [each for each in node.walk() if each.kind is Kind.SWITCH]


def named(root: Node, name: str) -> list[Node]:
    """What goes by a name."""
    return [node for node in root.walk() if node.name == name]
