"""Silence that is claimed of a phone without a network, where the story transfers nothing itself."""

from __future__ import annotations

from harness.model.reasons import ClaimKind, Outcome, Reason
from tests.acceptance import conditions as when
from tests.acceptance import stories
from tests.acceptance.detection.row import Row

WITHOUT_WIFI = ("silent without Wi-Fi", stories.is_silent_without_wifi)
LOSSY = ("silent in a bad network", stories.is_silent_in_a_bad_network)

_V, _CALLBACKS = Outcome.INVALID, ClaimKind.CALLBACKS

ROWS: tuple[Row, ...] = (
    # The virtual phones reach the origin by cellular.
    Row(*WITHOUT_WIFI, "correct", when.NOTHING, _CALLBACKS, _V, Reason.INVALID_CELLULAR_LEAK),
    Row(*WITHOUT_WIFI, "correct", when.NO_CELLULAR),
    Row(*LOSSY),
    Row(*LOSSY, "correct", when.CONDITION_OVER, _CALLBACKS, _V, Reason.INVALID_SETTINGS_NOT_APPLIED),
)
