"""Everything that is claimed of how a phone's screens look, where it is from and how far to trust it.

Sources named §n are sections of appium-and-wda.md, unless they name another paper.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing
from harness.virtual.wda.layout import LAYOUT_RULES
from harness.virtual.wda.pages.alerts import ALERT_WIDTH_POINTS, PART_POINTS
from harness.virtual.wda.pages.frame import SPRINGBOARD_LABEL
from harness.virtual.wda.pages.lock import COVER_ID
from harness.virtual.wda.pages.notifications import (
    BANNER_POINTS,
    CELL_POINTS,
    LIST_TOP_SHARE,
    SHORT_LOOK_ID,
)
from harness.virtual.wda.pages.settings.orders import ORDER_RULES
from harness.virtual.wda.pages.settings.page import BACK_WIDTH_POINTS
from harness.virtual.wda.pages.settings.shapes import SHAPE_RULES
from harness.virtual.wda.pages.settings.words import WORD_RULES
from harness.virtual.wda.pages.siri import SIRI_ANSWER_ID, SIRI_LABEL
from harness.virtual.wda.pages.springboard import ICON_MARGIN_POINTS, INDICATOR_ID, INDICATOR_POINTS
from harness.virtual.wda.pages.switcher import (
    CARD_ID,
    CONTENT_ID,
    HEIGHT_SHARE,
    STEP_SHARE,
    TOP_SHARE,
    WIDTH_SHARE,
    WINDOW_ID,
)

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED
_OWN = "the model's own"
_MEMORY = "from memory"

SPRINGBOARD_RULES: tuple[Row, ...] = (
    Row("icons go by the app's name", True, "public test scripts tap icons by name", _DOC),
    Row("icons of other pages are in the tree", True, _MEMORY, _GUESS),
    Row("folders are not drawn", True, _OWN, _GUESS),
    Row("SPRINGBOARD_LABEL", SPRINGBOARD_LABEL, "WebDriverAgent's answers, from memory", _GUESS),
    Row("INDICATOR_ID", INDICATOR_ID, _MEMORY, _GUESS),
    Row("INDICATOR_POINTS", INDICATOR_POINTS, _OWN, _GUESS),
    Row("ICON_MARGIN_POINTS", ICON_MARGIN_POINTS, _OWN, _GUESS),
    Row("SIRI_LABEL", SIRI_LABEL, _MEMORY, _GUESS),
    Row(
        "SIRI_ANSWER_ID",
        SIRI_ANSWER_ID,
        "public test scripts, from memory; at once and without words",
        _GUESS,
    ),
)

SWITCHER_RULES: tuple[Row, ...] = (
    Row("WINDOW_ID", WINDOW_ID, "§5: SpringBoard's identifiers", _DOC),
    Row("CONTENT_ID", CONTENT_ID, "§5: SBFluidSwitcherViewControllerAccessibility", _DOC),
    Row("CARD_ID", CARD_ID, "§5; an end of -default, or a UUID", _DOC),
    Row(
        "older cards lie to the left, out of sight",
        True,
        "from memory; that cards do not overlap is not so",
        _GUESS,
    ),
    Row("WIDTH_SHARE", WIDTH_SHARE, _OWN, _GUESS),
    Row("STEP_SHARE", STEP_SHARE, _OWN, _GUESS),
    Row("TOP_SHARE", TOP_SHARE, _OWN, _GUESS),
    Row("HEIGHT_SHARE", HEIGHT_SHARE, _OWN, _GUESS),
)

OVERLAY_RULES: tuple[Row, ...] = (
    Row("an alert takes every touch", True, "what is modal; from memory", _GUESS),
    Row("ALERT_WIDTH_POINTS", ALERT_WIDTH_POINTS, "UIAlertController, from memory", _GUESS),
    Row("PART_POINTS", PART_POINTS, _OWN, _GUESS),
    Row("COVER_ID", COVER_ID, _MEMORY, _GUESS),
    Row("SHORT_LOOK_ID", SHORT_LOOK_ID, "public test scripts, from memory; everywhere the same", _GUESS),
    Row("CELL_POINTS", CELL_POINTS, _OWN, _GUESS),
    Row("LIST_TOP_SHARE", LIST_TOP_SHARE, _OWN, _GUESS),
    Row("BANNER_POINTS", BANNER_POINTS, _OWN, _GUESS),
    Row("a notification's label begins with the app's name", True, _MEMORY, _GUESS),
    Row(
        "a banner stays on the home screen, and lies over no app",
        True,
        "the model's own: on a phone it goes after some seconds, and Notification Centre keeps it",
        _GUESS,
    ),
)

APP_RULES: tuple[Row, ...] = (
    Row("BACK_WIDTH_POINTS", BACK_WIDTH_POINTS, _OWN, _GUESS),
    Row("an app shows its controls and nothing else", True, _OWN, _GUESS),
)

PAGE_RULES: tuple[Row, ...] = (
    *LAYOUT_RULES,
    *SPRINGBOARD_RULES,
    *SWITCHER_RULES,
    *OVERLAY_RULES,
    *APP_RULES,
    *SHAPE_RULES,
    *ORDER_RULES,
    *WORD_RULES,
)
"""Every rule."""
