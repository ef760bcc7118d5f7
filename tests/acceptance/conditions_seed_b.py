"""What can go wrong in the stories of the upload queue, beside what can in any."""

from __future__ import annotations

from tests.acceptance.conditions import cut_at
from tests.acceptance.cuts import Line
from tests.acceptance.stage import Moment

ALL_CUT_WHEN_LEFT = cut_at(Moment.LEFT, *Line)
"""Nothing is seen of the app from when its user leaves it."""
