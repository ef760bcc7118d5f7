"""What WebDriverAgent answers that it never should: told as it was, and never mistaken for a fact."""

from __future__ import annotations

import pytest

from harness.drivers.ui.wda.answers import alert_of, app_in_front_of, app_state_of, rect_of
from harness.errors import ScreenUnexpected


@pytest.mark.parametrize("value", [None, "4", 5, -1, [], {}])
def test_what_is_no_state_of_an_app_is_strange(value: object) -> None:
    with pytest.raises(ScreenUnexpected, match="asking was answered with") as raised:
        app_state_of(value, "desk-15", "asking")
    assert raised.value.phone == "desk-15"


@pytest.mark.parametrize("value", [None, {}, {"bundleId": None}, {"bundleId": ""}, "com.apple.springboard"])
def test_no_app_in_front_is_not_told_as_one_without_a_name(value: object) -> None:
    with pytest.raises(ScreenUnexpected, match="asking was answered with"):
        app_in_front_of(value, "desk-15", "asking")


@pytest.mark.parametrize("value", [None, {}, {"x": 0, "y": 0, "width": 1}, dict.fromkeys("xy", "wide")])
def test_what_is_no_rectangle_is_strange(value: object) -> None:
    with pytest.raises(ScreenUnexpected, match="measuring was answered with"):
        rect_of(value, "desk-15", "measuring")


def test_an_alert_without_text_or_buttons_is_an_alert_all_the_same() -> None:
    assert alert_of(None, None).buttons == ()
    assert alert_of("Update", ["Later", "Now"]).buttons == ("Later", "Now")
