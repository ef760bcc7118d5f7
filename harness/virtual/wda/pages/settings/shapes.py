"""What Settings is built like, by iOS version. Data, and the choice of the row that holds.

Theory (appium-and-wda.md §5)::

    15        the root's rows are cells that go by their title; a switch is as wide as it looks
    16-17     the same; from 16.4 on a switch spans its row, and only its thumb can be touched
    18        rows go by identifiers; Battery moved up, and the pages of apps below Apps
    26        rows that lead somewhere are buttons

Where exactly the cuts are nobody has published, so the rows that cut are guessed. Where the pages of apps
are is a rule of the kernel, as links lead to them, too.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from harness.virtual.versions.presence import Presence
from harness.virtual.versions.row import Row, Standing, parts
from harness.virtual.wda.node import Kind

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

ROW_WIDE_SWITCH = Presence(
    "switches of Settings span their row, and only the thumb can be touched",
    "§4 trap 9: issue threads of Appium and WooCommerce from 16.4 on, measured on iOS 26.5",
    _DOC,
    (16, 4),
)

SHAPES: tuple[Row, ...] = (
    Row("link_kind", Kind.CELL.value, "§5: cells on older iOS; the cut guessed", _GUESS, last=25),
    Row("link_kind", Kind.BUTTON.value, "§5: buttons on newer iOS; the cut guessed", _GUESS, first=26),
    Row("list_kind", Kind.TABLE.value, "UITableView, from memory", _GUESS, last=17),
    Row("list_kind", Kind.COLLECTION_VIEW.value, "lists of SwiftUI are collections", _GUESS, first=18),
    Row("has_identifiers", False, "§5: labels as names for about 15 to 17", _GUESS, last=17),
    Row("has_identifiers", True, "§5: identifiers on new Settings; the cut guessed", _GUESS, first=18),
    Row("back_by_title", True, "the back button reads the title before", _GUESS, last=25),
    Row("back_by_title", False, "an arrow without words, read as Back", _GUESS, first=26),
    Row("back_identifier", "", "from memory: it goes by its label", _GUESS, last=25),
    Row("back_identifier", "BackButton", "from memory", _GUESS, first=26),
)
"""Every rule of which one row holds for each version."""

WIFI_ID = "com.apple.settings.wifi"
GENERAL_ID = "com.apple.settings.general"
AIRPLANE_ID = "com.apple.settings.airplaneMode"
BATTERY_ID = "com.apple.settings.battery"
APPS_ID = "com.apple.settings.apps"
REFRESH_ID = "AUTO_CONTENT_DOWNLOAD"
LOW_POWER_ID = "LOW_POWER_MODE_IDENTIFIER"

IDENTIFIERS: tuple[Row, ...] = (
    Row("WIFI_ID", WIFI_ID, "§5: public tests", _DOC, first=18),
    Row("GENERAL_ID", GENERAL_ID, "§5: public tests", _DOC, first=18),
    Row("AIRPLANE_ID", AIRPLANE_ID, "§5: public tests", _DOC, first=18),
    Row("BATTERY_ID", BATTERY_ID, "formed as the others are", _GUESS, first=18),
    Row("APPS_ID", APPS_ID, "formed as the others are", _GUESS, first=18),
    Row("REFRESH_ID", REFRESH_ID, "§5: the specifier; that it is an identifier guessed", _GUESS, first=18),
    Row("LOW_POWER_ID", LOW_POWER_ID, "the anchor of a URL; that it is one guessed", _GUESS, first=18),
)
"""Accessibility identifiers, on versions that have them."""

SHAPE_RULES: tuple[Row, ...] = (
    *SHAPES,
    *IDENTIFIERS,
    Row(
        ROW_WIDE_SWITCH.key, True, ROW_WIDE_SWITCH.source, ROW_WIDE_SWITCH.standing, ROW_WIDE_SWITCH.first[0]
    ),
    Row("app rows go by their name", True, "§5: inferred, as there is no other key", _GUESS),
    Row("no switches in Low Power Mode or when off for the phone", True, "§5: plain cells", _DOC),
    Row("Low Power Mode reads off for the phone", True, "§5", _DOC),
    Row("a chosen row is selected and reads 1", True, "from memory", _GUESS),
    Row("grey switches stay in place on an app's own page", True, "§5: disabled", _DOC),
    Row("Wi-Fi and airplane mode can be changed while restricted", True, "from memory", _GUESS),
)
"""Every rule of how Settings is built."""


@dataclass(frozen=True)
class Shape:
    """How Settings is built on one version; what each field means is in its rows.

    Attributes:
        link_kind: what a row is that leads somewhere.
        list_kind: what rows lie on.
        has_identifiers: whether rows go by identifiers, and not by their titles.
        back_by_title: whether the back button reads the title of the page before.
        back_identifier: its identifier.
        wide_switches: whether a switch spans its row.
    """

    link_kind: Kind
    list_kind: Kind
    has_identifiers: bool
    back_by_title: bool
    back_identifier: str
    wide_switches: bool


def shape_of(ios: str) -> Shape:
    """How Settings is built on a version.

    Raises:
        ValueError: ``ios`` is no version, or a rule has no row or several for it.
    """
    major = parts(ios)[0]
    rows = [row for row in SHAPES if row.holds_for(major)]
    found: dict[str, Any] = {row.key: row.value for row in rows}
    wanted = {field.name for field in dataclasses.fields(Shape)} - {"wide_switches"}
    if len(rows) != len(found) or found.keys() != wanted:
        raise ValueError(f"iOS {ios} has not one row for each of {', '.join(sorted(wanted))}")
    kinds = {key: Kind(found.pop(key)) for key in ("link_kind", "list_kind")}
    return Shape(**kinds, **found, wide_switches=ROW_WIDE_SWITCH.holds_for(ios))
