"""The app in front: Settings, or an app with the controls that it offers, one below the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.wda.layout import ROW_POINTS, Layout, layout_of
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.frame import application, window
from harness.virtual.wda.pages.settings.page import settings_nodes
from harness.virtual.wda.pages.springboard import draw_springboard

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


def draw_app(phone: VirtualPhone) -> Node:
    """The app in front."""
    process = phone.springboard.front
    if process is None:
        return draw_springboard(phone)
    layout, app = layout_of(phone), phone.apps.get(process.bundle_id)
    if process.bundle_id == SETTINGS.bundle_id:
        return application(SETTINGS.name, layout, window(layout, *settings_nodes(phone)))
    name = app.name if app is not None else process.name
    return application(name, layout, window(layout, *_controls(phone, layout)))


def _controls(phone: VirtualPhone, layout: Layout) -> tuple[Node, ...]:
    """The app's buttons, as low as they have to be for all to be in the window."""
    controls = phone.front.controls()
    height = min(ROW_POINTS, layout.content.height / max(len(controls), 1))
    return tuple(
        Node(
            Kind.BUTTON,
            Rect(0, layout.content.y + place * height, layout.window.width, height),
            identifier=control.identifier,
            label=control.title,
            tapped=control.act,
        )
        for place, control in enumerate(controls)
    )
