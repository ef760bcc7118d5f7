"""What ``@pytest.mark.origin(...)`` may say."""

from __future__ import annotations

import pytest

from harness.api.wanted import WantedTrouble, parse_trouble
from harness.errors import ConfigError
from harness.origin.trouble import TroubleKind


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"trouble": "captive-portal"}, WantedTrouble(TroubleKind.PORTAL)),
        ({"trouble": "refuse"}, WantedTrouble(TroubleKind.REFUSE)),
        ({"trouble": TroubleKind.RESET, "after_bytes": 9}, WantedTrouble(TroubleKind.RESET, 9)),
        ({"trouble": "slow", "bytes_per_s": 100}, WantedTrouble(TroubleKind.SLOW, 0, 100)),
        ({"trouble": "none"}, WantedTrouble(TroubleKind.NONE)),
    ],
)
def test_a_mark_says_which_trouble_and_how_much_of_it(told: dict[str, object], wanted: WantedTrouble) -> None:
    assert parse_trouble((), told) == wanted


@pytest.mark.parametrize(
    ("positional", "told", "said"),
    [
        (("stall",), {}, "no mark of an origin"),
        ((), {}, "no mark of an origin"),
        ((), {"trouble": "stall", "after": 5}, "no mark of an origin"),
        ((), {"trouble": "captive"}, "captive-portal"),
        ((), {"trouble": "stall", "after_bytes": "5"}, "'5'"),
        ((), {"trouble": "refuse", "after_bytes": 5}, "no bytes"),
        ((), {"trouble": "slow"}, "needs a pace"),
    ],
)
def test_a_mark_that_makes_no_sense_says_so(
    positional: tuple[object, ...], told: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_trouble(positional, told)
