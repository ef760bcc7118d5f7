"""The sheet of notifications: on the lock screen, and pulled down over anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Node
from harness.virtual.wda.pages.frame import SPRINGBOARD_LABEL, application, window
from harness.virtual.wda.pages.notifications import notification_list

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

COVER_ID = "SBCoverSheetWindow"


def draw_cover_sheet(phone: VirtualPhone) -> Node:
    """The lock screen, or Notification Centre, which looks the same; only notifications can be touched."""
    layout = layout_of(phone)
    sheet = window(layout, *notification_list(phone, layout), identifier=COVER_ID)
    return application(SPRINGBOARD_LABEL, layout, sheet)
