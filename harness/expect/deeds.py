"""What the test itself did to phone and origin, and for how long it was in force.

An act that the phone refused begins nothing; one that no answer told the fate of begins nothing for sure,
and may have ended what was in force.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.model.facts import ActionTaken, Verb
from harness.model.reasons import Reason
from harness.model.settings import BackgroundRefresh
from harness.model.time import Instant

ALL_LOST = "SlowNetwork100PctLoss"
"""The condition under which the phone is on Wi-Fi and nothing gets through. Source: DVT's own list."""

OPENED = frozenset({Verb.LAUNCH, Verb.TAP_ICON, Verb.OPEN_URL, Verb.TAP_NOTIFICATION})
"""How the harness opens an app in a person's place."""


@dataclass(frozen=True)
class Deed:
    """Something that a test takes away until it gives it back.

    Attributes:
        begins: the act that takes it away.
        ends: the acts that give it back.
        reason: what follows for an app that waits.
        detail: how the act is told when it is this one; empty for any.
    """

    begins: Verb
    ends: frozenset[Verb]
    reason: Reason
    detail: str = ""


WIFI_OFF = Deed(Verb.WIFI_OFF, frozenset({Verb.WIFI_ON}), Reason.NOT_WOKEN_WAITING_NETWORK)
AIRPLANE = Deed(
    Verb.SET_AIRPLANE_MODE,
    frozenset({Verb.SET_AIRPLANE_MODE, Verb.WIFI_ON}),
    Reason.NOT_WOKEN_WAITING_NETWORK,
    "on",
)
"""Wi-Fi can be switched on again in it."""
LOSSY = Deed(
    Verb.INDUCE,
    frozenset({Verb.INDUCE, Verb.STOP_INDUCING, Verb.REBOOT}),
    Reason.NOT_WOKEN_WAITING_NETWORK,
    ALL_LOST,
)
INDUCED = Deed(Verb.INDUCE, LOSSY.ends, Reason.NOT_WOKEN_THROTTLED)
"""Whatever condition the phone simulates; only looked at for whether it lasted."""

FORCE_QUIT = Deed(Verb.FORCE_QUIT, OPENED, Reason.NOT_WOKEN_FORCE_QUIT)
"""Also of an app that does not run. Source: background-execution.md §1.6, [C:15]."""

_ANSWERS_ANEW = frozenset({Verb.ORIGIN_LISTEN, Verb.ORIGIN_IGNORE, Verb.ORIGIN_ANSWERS})
"""One thing is wrong with the origin's answers at a time; its port is open or closed besides."""

DEEDS: tuple[Deed, ...] = (
    WIFI_OFF,
    AIRPLANE,
    LOSSY,
    Deed(Verb.ORIGIN_REFUSE, frozenset({Verb.ORIGIN_LISTEN}), Reason.NOT_WOKEN_SERVER_DOWN),
    Deed(Verb.ORIGIN_IGNORE, _ANSWERS_ANEW, Reason.NOT_WOKEN_SERVER_DOWN),
    Deed(Verb.ORIGIN_ANSWERS, _ANSWERS_ANEW, Reason.NOT_WOKEN_SERVER_DOWN),
    Deed(Verb.SET_LOW_POWER, frozenset({Verb.SET_LOW_POWER}), Reason.NOT_WOKEN_LOW_POWER, "on"),
)
"""What keeps an app waiting for as long as it is in force, and is the test's own doing.

The network comes before the server: where both are away, no request gets as far as the server.
"""


@dataclass(frozen=True)
class Spell:
    """A stretch of phone time in which a deed was in force.

    Attributes:
        began: the act that began it.
        ended: the act that ended it, or may have; ``None`` when none did.
    """

    began: ActionTaken
    ended: ActionTaken | None = None

    def holds(self, at: Instant, *, settled_s: float = 0.0) -> bool:
        """Whether a moment surely lies in it, so many seconds after the phone had answered."""
        is_after = at.earliest_s > self.began.at.latest_s + settled_s
        return is_after and (self.ended is None or at.latest_s < self.ended.at.earliest_s)


def spells_of(evidence: Evidence, deed: Deed, until_s: float) -> tuple[Spell, ...]:
    """When a deed was in force, up to a moment, in order."""
    spells: list[Spell] = []
    began: ActionTaken | None = None
    for action in evidence.of(ActionTaken, until_s=until_s):
        if began and action.verb in deed.ends and action.done is not False:
            spells.append(Spell(began, action))
            began = None
        if began is None and action.verb is deed.begins and action.done and deed.detail in action.detail:
            began = action
    return (*spells, Spell(began)) if began else tuple(spells)


def in_force(evidence: Evidence, deed: Deed, at_s: float) -> ActionTaken | None:
    """The act by which a deed is in force at a moment, if it is."""
    spells = spells_of(evidence, deed, at_s)
    return spells[-1].began if spells and spells[-1].ended is None else None


def refresh_off(evidence: Evidence, bundle_id: str, at_s: float) -> ActionTaken | None:
    """The act by which Background App Refresh is off for an app at a moment: for it alone, or for all."""
    standing: dict[str, ActionTaken] = {}
    for action in evidence.of(ActionTaken, until_s=at_s):
        if action.verb is not Verb.SET_BACKGROUND_REFRESH or action.done is False:
            continue
        value, _, whose = action.detail.partition(" for ")
        if value == BackgroundRefresh.OFF and action.done:
            standing[whose] = action
        elif value.startswith("back to "):
            standing.clear()  # it does not say whose
        else:
            standing.pop(whose, None)
    return standing.get("") or standing.get(bundle_id)
