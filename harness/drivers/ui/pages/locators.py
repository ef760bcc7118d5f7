"""What is looked for on the screens of iOS: ``locators.yaml``, read and checked, for one iOS version.

The ways of one spot are in the order in which they are tried: identifiers first, places in the tree next,
words last, because identifiers outlive a language and places outlive a translation. Words in a value stand
in braces and are filled in when the spot is looked for: ``{labels}`` and ``{titles}`` by the labels of the
same way, ``{name}`` and ``{bundle_id}`` by what an app is called. They are escaped for the double quotes
that are around them there; ``{labels}`` is a whole list, and brings its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, model_validator

from harness.config.schema import FORMAT, NOT_EMPTY, FileSection, Section, Text, one_of, validate
from harness.config.source import Scalar, read_document
from harness.config.versions import VersionRange
from harness.drivers.ui.backend import Locator, Using
from harness.errors import ConfigError

FILE = "locators.yaml"
"""Beside the package ``harness.drivers.ui``."""

_WORD = re.compile(r"\{(labels|titles|name|bundle_id)\}")


class Spot(StrEnum):
    """Everything that is looked for, by the name that it has in the file and in messages."""

    TITLE = "title of the page"
    BACK = "back button"
    AIRPLANE_SWITCH = "airplane mode switch"
    WIFI_ROW = "Wi-Fi row"
    WIFI_SWITCH = "Wi-Fi switch"
    GENERAL_ROW = "General row"
    REFRESH_ROW = "Background App Refresh row"
    REFRESH_FIRST = "first row of Background App Refresh"
    REFRESH_CHOICES = "positions of Background App Refresh"
    REFRESH_APP_SWITCH = "switch of the app in Background App Refresh"
    REFRESH_APP_ROW = "row of the app in Background App Refresh"
    SWITCH_OF_ROW = "switch of the row"
    BATTERY_ROW = "Battery row"
    LOW_POWER_SWITCH = "Low Power Mode switch"
    APPS_ROW = "Apps row"
    APP_ROW = "row of the app in Settings"
    APP_PAGE_SWITCH = "Background App Refresh switch on the app's page"
    SWITCHER = "app switcher"
    CARD = "card of the app"
    ICON = "icon of the app"
    NOTIFICATION = "notification of the app"
    SIRI_ANSWER = "answer of Siri"


class Page(StrEnum):
    """The pages of Settings that are opened, by the name that they have in the file and in messages."""

    ROOT = "root"
    WIFI = "Wi-Fi"
    REFRESH = "Background App Refresh"
    BATTERY = "Battery"
    APP = "the app's page"


@dataclass(frozen=True)
class Route:
    """How to get to a page from the root of Settings.

    Attributes:
        taps: the rows to tap, one after another.
        link: a URL that opens it in any language, or may open the root only; empty for none.
    """

    taps: tuple[Spot, ...]
    link: str = ""


@dataclass(frozen=True)
class Target:
    """One thing to look for.

    Attributes:
        what: what it is, for messages.
        ways: how to find it, in the order in which they are tried.
    """

    what: str
    ways: tuple[Locator, ...]


@dataclass(frozen=True)
class KnownAlert:
    """A system alert that a phone may show at any time, and what is done about it.

    Attributes:
        what: what it is, for notes and messages.
        says: words of which one is in its text, in any of the languages that are known.
        press: labels of the button that sends it away without changing anything, in those languages.
        by_hand: what a person has to do, where no button does it; empty otherwise.
    """

    what: str
    says: tuple[str, ...]
    press: tuple[str, ...] = ()
    by_hand: str = ""

    def is_this(self, text: str) -> bool:
        """Whether an alert of that text is this one."""
        return any(words.casefold() in text.casefold() for words in self.says)


class Locators:
    """The locators of one iOS version.

    Attributes:
        alerts: the system alerts that are known, in the order in which they are compared.
        routes: how to get to the pages of Settings.
    """

    def __init__(
        self,
        ways: Mapping[Spot, tuple[_Way, ...]],
        routes: Mapping[Page, Route],
        alerts: tuple[KnownAlert, ...],
    ) -> None:
        self._ways = ways
        self.routes = routes
        self.alerts = alerts

    def of(self, spot: Spot, **words: str) -> Target:
        """How to find a spot.

        Args:
            spot: which; one that this iOS does not have has no ways.
            words: what to fill in: ``name``, ``bundle_id``; those that a way has no use for do not matter.
        """
        ways = tuple(way.locator(words) for way in self._ways.get(spot, ()))
        about = words.get("name") or words.get("bundle_id")
        return Target(f"{spot} ({about})" if about else str(spot), ways)


@cache
def locators_for(ios: str) -> Locators:
    """The shipped locators for an iOS version such as ``16.7``."""
    with as_file(files("harness.drivers.ui") / FILE) as path:
        return read_locators(path, ios)


def read_locators(path: Path, ios: str) -> Locators:
    """The locators of a file, for an iOS version.

    Raises:
        ConfigError: the file is not as it should be; names the place.
    """
    tables = validate(_File, read_document(path, missing_fix="Install the package again."))
    spots = {spot: _chosen(entries, ios) for spot, entries in tables.spots.items()}
    pages = {page: _chosen(entries, ios) for page, entries in tables.pages.items()}
    return Locators(
        {spot: entry.by for spot, entry in spots.items() if entry},
        {page: Route(entry.tap, entry.link) for page, entry in pages.items() if entry},
        tuple(KnownAlert(each.what, each.says, each.press, each.by_hand) for each in tables.alerts),
    )


def _chosen(entries: tuple[_Ranged, ...], ios: str) -> _Ranged | None:
    return next((entry for entry in entries if ios in entry.ios), None)


def escaped(text: str) -> str:
    """Text as it stands between the double quotes of a predicate."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _range(value: object) -> VersionRange:
    text = value.text if isinstance(value, Scalar) else value
    if not isinstance(text, str):
        raise ValueError("expected an iOS range such as >=17,<18")
    try:
        return VersionRange.parse(text)
    except ConfigError as error:
        raise ValueError(error.what) from error


_Range = Annotated[VersionRange, BeforeValidator(_range)]
_LABELLED = ("{labels}", "{titles}")


class _Way(Section):
    """One way to find a spot: exactly one of the first three."""

    id: Text | None = None
    chain: Text | None = None
    predicate: Text | None = None
    labels: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [each for each in (self.id, self.chain, self.predicate) if each is not None]
        if len(given) != 1:
            raise ValueError("expected exactly one of id, chain or predicate")
        if bool(self.labels) != any(word in given[0] for word in _LABELLED):
            raise ValueError("labels and {labels} or {titles} come together or not at all")
        return self

    def locator(self, words: Mapping[str, str]) -> Locator:
        if self.id is not None:
            return Locator(Using.ID, _WORD.sub(lambda match: words[match[1]], self.id))
        filled = {name: escaped(word) for name, word in words.items()}
        filled["labels"] = "{" + ", ".join(f'"{escaped(label)}"' for label in self.labels) + "}"
        filled["titles"] = escaped(f"({'|'.join(re.escape(label) for label in self.labels)})(, .*)?")
        using = Using.CLASS_CHAIN if self.chain is not None else Using.PREDICATE
        return Locator(using, _WORD.sub(lambda match: filled[match[1]], self.chain or self.predicate or ""))


class _Entry(Section):
    """The ways to find a spot in a range of iOS versions."""

    ios: _Range
    by: Annotated[tuple[_Way, ...], NOT_EMPTY]


class _Path(Section):
    """The way to a page of Settings in a range of iOS versions."""

    ios: _Range
    tap: tuple[Annotated[Spot, one_of(Spot)], ...]
    link: Text = ""


_Ranged = TypeVar("_Ranged", _Entry, _Path)


class _Alert(Section):
    """A known alert: a button to press, or what to do by hand."""

    what: Text
    says: Annotated[tuple[Text, ...], NOT_EMPTY]
    press: tuple[Text, ...] = ()
    by_hand: Text = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.press) == bool(self.by_hand):
            raise ValueError("expected either press or by_hand")
        return self


class _File(FileSection):
    """``locators.yaml``."""

    version: Annotated[Literal[1], FORMAT]
    spots: dict[Annotated[Spot, one_of(Spot)], Annotated[tuple[_Entry, ...], NOT_EMPTY]]
    pages: dict[Annotated[Page, one_of(Page)], Annotated[tuple[_Path, ...], NOT_EMPTY]]
    alerts: tuple[_Alert, ...] = ()
