"""The picture of docs/screen.md: ``python -m tests.unit.docs.screens`` draws it from virtual phones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.draw import draw
from tests.unit.docs.pages import ROOT
from tests.virtual.wda.pages.support import FETCHER, PLAIN, in_settings, phone_in

PICTURE = "docs/images/screen.svg"

GAP, HEAD, FOOT = 30, 62, 44
SHOWN_POINTS = 560
"""How much of a screen is drawn; what is below is more of the same."""

SCALE = 0.72
LONGEST = 31
"""Of an identifier, so many characters are written."""

STYLE = """\
text { font-family: -apple-system, Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 19px; font-weight: 600 } .below { font-size: 15px; fill: #59636e }
.label { font-size: 16px } .name { font: 11px ui-monospace, Menlo, monospace; fill: #0550ae }
.screen { fill: #f6f8fa; stroke: #59636e; stroke-width: 2 } .row { fill: #ffffff; stroke: #d1d9e0 }
.bar { fill: #eaeef2 } .card { fill: #ffffff; stroke: #59636e }
.told { fill: none; stroke: #cf222e; stroke-width: 2; stroke-dasharray: 7 4 }
.counts { fill: #1a7f37; fill-opacity: 0.25; stroke: #1a7f37; stroke-width: 2 }
"""

CLASSES: Mapping[Kind, str] = {
    Kind.CELL: "row",
    Kind.BUTTON: "row",
    Kind.NAVIGATION_BAR: "bar",
    Kind.SWITCH: "told",
    Kind.OTHER: "card",
}
"""What is drawn as a box, and how; of all else only the words count, which are its parent's label."""


@dataclass(frozen=True)
class View:
    """One phone of the picture.

    Attributes:
        title: which phone, and what it shows.
        below: what is to be seen on it.
        ios: its version.
        model: its product type.
        language: what its screen speaks.
        show: brings it to what it shows.
    """

    title: str
    below: str
    ios: str
    model: str
    language: str
    show: Callable[[VirtualPhone], object]


def _switcher(phone: VirtualPhone) -> None:
    for app in (FETCHER, PLAIN):
        phone.user_launch(app.bundle_id)
    phone.front.open_switcher()


VIEWS = (
    View(
        "iOS 16.7: Background App Refresh",
        "a switch as wide as its row",
        *("16.7", "iPhone10,3", "en"),
        lambda phone: in_settings(phone, PageKind.GENERAL, PageKind.BACKGROUND_REFRESH),
    ),
    View("iOS 26: Settings, in German", "rows go by identifiers", *("26.0", "iPhone17,3", "de"), in_settings),
    View(
        "iOS 18.5: the app switcher", "cards go by bundle identifier", "18.5", "iPhone14,5", "en", _switcher
    ),
)


def picture() -> str:
    """The three phones side by side, as SVG."""
    parts: list[str] = []
    x = GAP
    for view in VIEWS:
        screen = _screen_of(view)
        parts += _drawn(view, screen, x)
        x += int(screen.rect.width) + GAP
    height = HEAD + SHOWN_POINTS + FOOT
    body = "\n".join([f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="#ffffff"/>', *parts])
    size = f'viewBox="0 0 {x} {height:g}" width="{x * SCALE:g}" height="{height * SCALE:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n{_legend(height)}\n</svg>\n'


def _screen_of(view: View) -> Node:
    with tempfile.TemporaryDirectory() as root:
        phone = phone_in(Path(root), view.ios, view.model, language=view.language)
        view.show(phone)
        return draw(phone)


def _drawn(view: View, screen: Node, x: int) -> Iterator[str]:
    yield f'<text class="title" x="{x}" y="28">{escape(view.title)}</text>'
    yield f'<text class="below" x="{x}" y="50">{escape(view.below)}</text>'
    window = screen.rect
    yield f'<svg x="{x}" y="{HEAD}" width="{window.width:g}" height="{SHOWN_POINTS}">'
    yield _box("screen", window)
    for node in screen.walk():
        if node.visible:
            yield from _element(node, window)
    yield "</svg>"


def _element(node: Node, window: Rect) -> Iterator[str]:
    if node.kind not in CLASSES or node.rect == window:
        return
    yield _box(CLASSES[node.kind], node.rect)
    if node.tap_zone is not None:
        yield _box("counts", node.tap_zone)
    x, y = node.rect.x + 10, node.rect.centre[1]
    if node.kind is not Kind.SWITCH and node.label:
        yield f'<text class="label" x="{x:g}" y="{y:g}">{escape(node.label)}</text>'
    if node.identifier:
        named = node.identifier if len(node.identifier) <= LONGEST else f"{node.identifier[: LONGEST - 1]}…"
        if node.kind is Kind.NAVIGATION_BAR:
            x = node.rect.centre[0] - 60
        yield f'<text class="name" x="{x:g}" y="{y + 16:g}">{escape(named)}</text>'


def _box(kind: str, rect: Rect) -> str:
    where = f'x="{rect.x:g}" y="{rect.y:g}" width="{rect.width:g}" height="{rect.height:g}"'
    return f'<rect class="{kind}" {where} rx="6"/>'


def _legend(height: float) -> str:
    y = height - 26
    told, counts = Rect(GAP, y, 46, 16), Rect(GAP + 330, y, 46, 16)
    return "\n".join(
        (
            _box("told", told),
            _note(told.x + 56, y, "a switch, as WebDriverAgent tells it"),
            _box("counts", counts),
            _note(counts.x + 56, y, "where a tap on it counts"),
            _note(counts.x + 300, y, "an accessibility identifier", "name"),
        )
    )


def _note(x: float, y: float, text: str, kind: str = "below") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y + 13:g}">{text}</text>'


if __name__ == "__main__":
    (ROOT / PICTURE).write_text(picture(), encoding="utf-8")
