"""A server that goes away again, and a network that does: two reasons to wait, which must be told apart."""

from __future__ import annotations

from harness.api import Origin
from tests.acceptance.stage import Condition, Moment, Stage


def refuse(stage: Stage) -> None:
    """Have nobody listen at the origin's port."""
    stage.origin.refuse()


def ignore(stage: Stage) -> None:
    """Have the origin answer nothing, whatever was under way."""
    stage.origin.refuse()
    # Not the stage's own: for the story the origin does not come back.
    Origin.listen(stage.origin)
    stage.origin.ignore()


def lose_packets(stage: Stage) -> None:
    """Have the phone's network carry nothing."""
    stage.device.network.lossy()


def lose_both(stage: Stage) -> None:
    """Take the server and the network away."""
    refuse(stage)
    lose_packets(stage)


SERVER_DOWN = Condition("the server is down from then on", {Moment.RELEASED: refuse})
SERVER_SILENT = Condition("the server answers nothing from then on", {Moment.RELEASED: ignore})
NETWORK_DOWN = Condition("the network carries nothing from then on", {Moment.RELEASED: lose_packets})
BOTH_DOWN = Condition("server and network are away from then on", {Moment.RELEASED: lose_both})
