"""What stories of an app that is not suspended have in common."""

from __future__ import annotations

from harness.api import App
from harness.model.facts import Mark, StateSeen
from harness.model.states import AppState


def expect_awake(app: App, *, since: Mark, for_s: float) -> None:
    """The app is not suspended for so long, although it was left."""
    app.expect_no_fact(StateSeen, about="the app suspended", where=is_suspended, since=since, for_s=for_s)


def is_suspended(seen: StateSeen) -> bool:
    """Whether a state is that of an app of which no code runs."""
    return seen.state is AppState.SUSPENDED
