from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.drivers.ui.backend import Locator, Using
from harness.drivers.ui.pages.locators import Page, Spot, locators_for, read_locators
from harness.errors import ConfigError

VERSIONS = ("15.0", "15.8", "16.4", "16.7", "17.4.1", "18.0", "18.5", "26.0", "26.4")

_FILE = """\
version: 1
spots:
  Wi-Fi row:
    - ios: ">=15,<18"
      by:
        - predicate: 'label MATCHES "{titles}"'
          labels: [Wi-Fi, WLAN]
    - ios: ">=18"
      by:
        - id: com.apple.settings.wifi
pages:
  root:
    - ios: ">=15"
      tap: []
"""


def _written(directory: Path, text: str) -> Path:
    path = directory / "locators.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("ios", VERSIONS)
def test_shipped_tables_have_every_spot_and_every_page_on_every_ios(ios: str) -> None:
    locators = locators_for(ios)
    missing = {spot for spot in Spot if not locators.of(spot, name="App", bundle_id="com.app").ways}
    assert missing == ({Spot.APPS_ROW} if ios < "18" else set())
    assert set(locators.routes) == set(Page)


@pytest.mark.parametrize("ios", VERSIONS)
def test_every_row_that_a_route_taps_has_a_locator(ios: str) -> None:
    locators = locators_for(ios)
    taps = [spot for route in locators.routes.values() for spot in route.taps]
    assert all(locators.of(spot, name="App", bundle_id="com.app").ways for spot in taps)


@pytest.mark.parametrize("ios", VERSIONS)
def test_no_word_is_left_unfilled_in_a_shipped_locator(ios: str) -> None:
    locators = locators_for(ios)
    ways = [way for spot in Spot for way in locators.of(spot, name="App", bundle_id="com.app").ways]
    assert not [way for way in ways if re.search(r"\{[a-z_]+\}", way.value)]


def test_identifiers_are_tried_before_places_and_places_of_rows_before_nothing_else() -> None:
    ways = locators_for("26.0").of(Spot.AIRPLANE_SWITCH).ways
    assert ways[0] == Locator(Using.ID, "com.apple.settings.airplaneMode")


def test_the_first_range_that_holds_is_taken(tmp_path: Path) -> None:
    path = _written(tmp_path, _FILE)
    assert [way.using for way in read_locators(path, "16.7").of(Spot.WIFI_ROW).ways] == [Using.PREDICATE]
    assert [way.using for way in read_locators(path, "26.0").of(Spot.WIFI_ROW).ways] == [Using.ID]


def test_an_ios_that_no_range_holds_has_no_way(tmp_path: Path) -> None:
    assert read_locators(_written(tmp_path, _FILE), "14.8").of(Spot.WIFI_ROW).ways == ()


def test_titles_are_any_of_the_labels_alone_or_before_a_comma(tmp_path: Path) -> None:
    way = read_locators(_written(tmp_path, _FILE), "16.7").of(Spot.WIFI_ROW).ways[0]
    pattern = way.value.removeprefix('label MATCHES "').removesuffix('"').replace("\\\\", "\\")
    assert all(re.fullmatch(pattern, label) for label in ("Wi-Fi", "WLAN", "WLAN, Aus"))
    assert not any(re.fullmatch(pattern, label) for label in ("Wi-Fi Calling", "WLANs", "My WLAN"))


def test_the_name_of_an_app_cannot_end_the_quotes_that_it_stands_in() -> None:
    ways = locators_for("18.5").of(Spot.REFRESH_APP_SWITCH, name='Say "hi" \\ OR TRUE').ways
    assert ways[0].value.endswith(r'label == "Say \"hi\" \\ OR TRUE"')


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("Wi-Fi row:", "Wifi row:", "3:3", "did you mean 'Wi-Fi row'"),
        ("  root:", "  rout:", "12:3", "did you mean 'root'"),
        ('">=15,<18"', '"15 or 16"', "4:12", "expected an iOS range"),
        ("id: com", "name: com", "10:11", "unknown key 'name'"),
        ("labels: [Wi-Fi, WLAN]", "labels: []", "6:11", "come together or not at all"),
        ("tap: []", "tap: [Nowhere row]", "14:13", "expected title of the page"),
        (
            "- id: com.apple.settings.wifi",
            "- {id: x, chain: y}",
            "10:11",
            "expected exactly one of id, chain or predicate",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    path = _written(tmp_path, _FILE.replace(old, new, 1))
    with pytest.raises(ConfigError) as raised:
        read_locators(path, "18.0")
    assert str(raised.value).startswith(f"{path}:{where}: ")
    assert what in str(raised.value)


def test_an_alert_has_a_button_or_something_to_do_by_hand(tmp_path: Path) -> None:
    path = _written(tmp_path, _FILE + "alerts:\n  - what: a nag\n    says: [Nag]\n")
    with pytest.raises(ConfigError, match="expected either press or by_hand"):
        read_locators(path, "18.0")
