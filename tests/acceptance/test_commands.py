"""A command reaches the app although iOS started it a moment before the harness did."""

from __future__ import annotations

from harness.model.capabilities import Phone
from tests.acceptance.conditions import NOTHING
from tests.acceptance.cuts import CutPhone
from tests.acceptance.stage import open_theatre


class ShortSighted(CutPhone):
    """A phone of which one is told, once, that the app does not run."""

    overlooks = False

    async def pid_of(self, bundle_id: str) -> int | None:
        """See ``Phone``."""
        overlooked, self.overlooks = self.overlooks, False
        return None if overlooked else await super().pid_of(bundle_id)


def test_launch_arguments_that_a_running_app_never_got_come_as_a_file() -> None:
    phones: list[ShortSighted] = []

    def around(inner: Phone) -> CutPhone:
        phones.append(ShortSighted(inner))
        return phones[-1]

    with open_theatre() as theatre, theatre.stage("correct", NOTHING, around=around) as stage:
        stage.app.launch()
        phones[0].overlooks = True
        assert stage.app.do("probe").detail["downloads"] == {}
