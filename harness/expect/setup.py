"""Whether what the test did to the phone came to be: Wi-Fi down, packets lost, settings set.

These guards hold for every question of a test that did such a thing, whatever it asks. Each can only be
proven false, and is silent otherwise: the phone has answered that it was done, and what would contradict it
is looked for here. A claim that nothing came of it needs more, which ``standing`` looks for.

**The network.** While Wi-Fi is off, or every packet is lost, nothing of this test may come through. A
request that comes in is proof that something did, some seconds after the phone had answered: a radio takes a
moment to go down. Bytes that the origin sent are no proof, for they may have stayed in a buffer; but a file
of which the origin sent the last byte in that time, and of which the app was told in that time that it had
come, came through. One that was told then may have come before, so they are counted. What an earlier test
left is told to the app as well, and under the nonce of this one, if this one's first command started the app.

**The way.** A phone without Wi-Fi goes on by cellular where it can. Who takes Wi-Fi away wants no network
left, so a request that the origin saw come by cellular spoils the experiment, unless it is asked by which way
a transfer goes.

**A simulated condition** ends with the connection that asked for it. A reading that it is over spoils every
verdict from then on; one that could not be had leaves open whether it held.

**Settings.** What the app says of them when it is probed, or a reading of the phone's, contradicts what they
were set to. So does the phone's notification that Background App Refresh was changed, where the test itself
changed nothing: while it is off for the whole phone no app's switch can be changed (background-execution.md
§1.7), so the change was that it was switched on. In any other position it may have been another app's switch,
which leaves it open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from harness.evidence.view import Evidence
from harness.expect.deeds import AIRPLANE, INDUCED, LOSSY, WIFI_OFF, Deed, Spell, refresh_off, spells_of
from harness.expect.numbering import as_written
from harness.model.callbacks import Callback
from harness.model.facts import (
    CONDITION,
    OUT_OF_REACH,
    ActionTaken,
    CallbackSeen,
    DarwinSeen,
    Fact,
    SettingRead,
    TransferAsked,
    TransferPhase,
    TransferSeen,
    Verb,
)
from harness.model.interfaces import Interface
from harness.model.journal import ACKNOWLEDGED
from harness.model.reasons import Reason
from harness.model.settings import BackgroundRefresh
from harness.model.verdict import Finding, false, unknown

DOWN_WITHIN_S = 2.0
"""How long after its answer a phone may still send; guessed."""

REFRESH_CHANGED = "kKeepAppsUpToDateEnabledChangedNotification"
"""The Darwin notification of every change of Background App Refresh. Source: background-execution.md §1.7."""

UNTOLD = "unknown"
"""A reading that could not be had."""

WIFI_WAS_DOWN = "nothing came through while Wi-Fi was off"
NO_LEAK = "nothing came by cellular while Wi-Fi was off"
AIRPLANE_WAS_ON = "nothing came through in airplane mode"
CONDITION_HELD = "the condition that the test asked for lasted"
REFRESH_STAYED = "nobody else changed Background App Refresh"
PACKETS_WERE_LOST = "nothing came through while every packet was to be lost"
REFRESH_WAS_SET = "Background App Refresh was what the test set it to"
LOW_POWER_WAS_SET = "Low Power Mode was what the test set it to"


def guards(
    evidence: Evidence, bundle_id: str, until_s: float, *, cellular_is_asked: bool = False
) -> tuple[Finding, ...]:
    """What contradicts the test's own acts, up to a moment.

    Args:
        evidence: what is known.
        bundle_id: the app.
        until_s: phone time.
        cellular_is_asked: whether the question is by which way a transfer goes.
    """
    network = chain(
        _came_through(evidence, WIFI_OFF, until_s, WIFI_WAS_DOWN, Reason.INVALID_WIFI_NOT_DOWN),
        _came_through(evidence, AIRPLANE, until_s, AIRPLANE_WAS_ON, Reason.INVALID_SETTINGS_NOT_APPLIED),
        _came_through(evidence, LOSSY, until_s, PACKETS_WERE_LOST, Reason.INVALID_SETTINGS_NOT_APPLIED),
        () if cellular_is_asked else _leaked(evidence, until_s),
    )
    settings = chain(
        _settings(evidence, bundle_id, until_s), _changed_by_others(evidence, bundle_id, until_s)
    )
    return (*network, *_conditions(evidence, until_s), *settings)


def _came_through(
    evidence: Evidence, deed: Deed, until_s: float, about: str, reason: Reason
) -> Iterator[Finding]:
    for spell in spells_of(evidence, deed, until_s):
        requests = [
            fact
            for fact in _requests(evidence, spell, until_s)
            if deed is not WIFI_OFF or not _is_cellular(fact)
        ]
        told = _told_in(evidence, spell, until_s)
        if requests or told:
            yield false(about, reason, spell.began, *requests[:3], *told[:3])


def _conditions(evidence: Evidence, until_s: float) -> Iterator[Finding]:
    """What the phone said of conditions that the test had it simulate."""
    reads = [read for read in evidence.of(SettingRead) if read.name == CONDITION]
    for spell in spells_of(evidence, INDUCED, until_s):
        others = [read for read in reads if spell.holds(read.at) and read.value != spell.began.detail]
        over = [read for read in others if read.value != UNTOLD and read.at.latest_s <= until_s]
        if over:
            yield false(CONDITION_HELD, Reason.INVALID_SETTINGS_NOT_APPLIED, spell.began, over[0])
        elif others:
            note = "whether it lasted to the end the phone did not say, or only that it was over later"
            yield unknown(CONDITION_HELD, Reason.INCONCLUSIVE_GAP, spell.began, others[0], note=note)


def _changed_by_others(evidence: Evidence, bundle_id: str, until_s: float) -> Iterator[Finding]:
    """Notifications that Background App Refresh was changed, which no act of the test explains."""
    acts = [
        act for act in evidence.of(ActionTaken, until_s=until_s) if act.verb is Verb.SET_BACKGROUND_REFRESH
    ]
    told = [seen for seen in evidence.of(DarwinSeen, until_s=until_s) if seen.name == REFRESH_CHANGED]
    for seen in told:
        before = [act for act in acts if act.at.surely_before(seen.at)]
        is_ours = any(_may_be_of(act, seen) for act in acts)
        if not before or not before[-1].done or is_ours:
            continue
        off = refresh_off(evidence, bundle_id, seen.at.earliest_s)
        if off is not None and off.detail == BackgroundRefresh.OFF:
            yield false(REFRESH_STAYED, Reason.INVALID_SETTINGS_NOT_APPLIED, off, seen)
        else:
            note = "for this app, for another one or for all: the phone does not say"
            yield unknown(REFRESH_STAYED, Reason.INCONCLUSIVE_ORDER, before[-1], seen, note=note)


def _may_be_of(act: ActionTaken, seen: DarwinSeen) -> bool:
    """Whether a notification may have come of an act, which lasts until the switch was read once more."""
    return not act.at.surely_before(seen.at) and not seen.at.surely_before(act.at)


def _leaked(evidence: Evidence, until_s: float) -> Iterator[Finding]:
    is_kept_off = is_kept_off_cellular(evidence, until_s)
    for spell in spells_of(evidence, WIFI_OFF, until_s):
        # A phone may have gone over to cellular before it answered.
        leaked = [
            fact
            for fact in _own(evidence, until_s)
            if fact.phase is TransferPhase.STARTED
            and _is_cellular(fact)
            and not (is_kept_off and fact.name == OUT_OF_REACH)
            and spell.began.at.earliest_s < fact.at.earliest_s
            and fact.at.latest_s < _ends_s(spell)
        ]
        if leaked:
            yield false(NO_LEAK, Reason.INVALID_CELLULAR_LEAK, spell.began, *leaked[:3])


def is_kept_off_cellular(evidence: Evidence, until_s: float) -> bool:
    """Whether all that the test has transferred, and something, is kept from cellular by the app itself.

    Then it does not matter where cellular leads. Source: background-execution.md §2.5.
    """
    asked = [fact for fact in evidence.of(TransferAsked, until_s=until_s) if fact.id != OUT_OF_REACH]
    return bool(asked) and not any(fact.by_cellular for fact in asked)


def _is_cellular(fact: TransferSeen) -> bool:
    return fact.interface is Interface.CELLULAR


def _own(evidence: Evidence, until_s: float) -> list[TransferSeen]:
    return [fact for fact in evidence.of(TransferSeen, until_s=until_s) if fact.nonce == evidence.nonce]


def _requests(evidence: Evidence, spell: Spell, until_s: float) -> list[TransferSeen]:
    """Requests of this test that surely came in while nothing could."""
    return [
        fact
        for fact in _own(evidence, until_s)
        if fact.phase is TransferPhase.STARTED and spell.holds(fact.at, settled_s=DOWN_WITHIN_S)
    ]


def _told_in(evidence: Evidence, spell: Spell, until_s: float) -> list[Fact]:
    """Files that came whole in a spell, as the origin and the app say; none when they may have come before.

    Not those of which the origin knows that they came by cellular, which is another matter.
    """
    whole = [fact for fact in _own(evidence, until_s) if fact.complete and not _is_cellular(fact)]
    sent = [fact for fact in whole if spell.holds(fact.at)]
    if not sent:
        return []
    before = [fact for fact in whole if not spell.holds(fact.at) and fact.at.earliest_s < _ends_s(spell)]
    told = [line for line in _successes(evidence, until_s) if line.at.latest_s < _ends_s(spell)]
    return [*sent, *told[len(before) :]] if len(told) > len(before) else []


def _ends_s(spell: Spell) -> float:
    return spell.ended.at.earliest_s if spell.ended else float("inf")


def _successes(evidence: Evidence, until_s: float) -> list[CallbackSeen]:
    """The app's lines of transfers of this test that ended well, each once, in order."""
    lines = as_written(evidence.of(CallbackSeen, until_s=until_s))
    own = [line for line in lines if line.nonce in ("", evidence.nonce)]
    sessions = {line.session for line in own if line.name == ACKNOWLEDGED and line.session}
    first_s = min((fact.at.earliest_s for fact in _own(evidence, until_s)), default=0.0)
    return [
        line
        for line in own
        if _is_success(line)
        and line.at.latest_s >= first_s
        and (not line.session or not sessions or line.session in sessions)
    ]


def _is_success(line: CallbackSeen) -> bool:
    status = line.detail.get("status")
    is_refusal = isinstance(status, int) and status >= 300
    return line.name == Callback.DID_COMPLETE and line.detail.get("code") is None and not is_refusal


@dataclass(frozen=True)
class Reading:
    """What one fact says of the settings; ``None`` for what it does not tell.

    Attributes:
        fact: the fact.
        refresh: whether Background App Refresh is on for the app.
        low_power: whether Low Power Mode is on.
    """

    fact: Fact
    refresh: bool | None = None
    low_power: bool | None = None


def _settings(evidence: Evidence, bundle_id: str, until_s: float) -> Iterator[Finding]:
    acts = evidence.of(ActionTaken, until_s=until_s)
    if not any(act.verb in (Verb.SET_BACKGROUND_REFRESH, Verb.SET_LOW_POWER) for act in acts):
        return
    for reading in readings(evidence, bundle_id, until_s):
        at_s = reading.fact.at.earliest_s
        low_power = _last(acts, Verb.SET_LOW_POWER, reading)
        if low_power and reading.low_power not in (None, low_power.detail == "on"):
            yield false(LOW_POWER_WAS_SET, Reason.INVALID_SETTINGS_NOT_APPLIED, low_power, reading.fact)
        refresh = _last(acts, Verb.SET_BACKGROUND_REFRESH, reading)
        wanted = refresh_off(evidence, bundle_id, at_s) is None
        # Low Power Mode denies it, whatever it is set to.
        is_denied = wanted and (reading.low_power or (low_power and low_power.detail == "on"))
        if refresh and not is_denied and reading.refresh not in (None, wanted):
            yield false(REFRESH_WAS_SET, Reason.INVALID_SETTINGS_NOT_APPLIED, refresh, reading.fact)


def _last(acts: tuple[ActionTaken, ...], verb: Verb, reading: Reading) -> ActionTaken | None:
    """The last act of a kind before a reading; none where one may have come just before or after it."""
    at = reading.fact.at
    found = [
        act for act in acts if act.verb is verb and act.done is not False and not at.surely_before(act.at)
    ]
    return found[-1] if found and found[-1].done and found[-1].at.surely_before(at) else None


LOW_POWER, REFRESH = "low power mode", "background app refresh"
"""Names of settings, as a phone reads them back that can."""

REFRESH_STATUS = {"available": True, "denied": False, "restricted": False}
"""``UIBackgroundRefreshStatus`` as a probe tells it -> whether the app may refresh."""


def readings(evidence: Evidence, bundle_id: str, until_s: float) -> Iterator[Reading]:
    """What app and phone told of the settings, up to a moment."""
    for line in evidence.of_app(CallbackSeen, bundle_id, until_s=until_s):
        if line.name == ACKNOWLEDGED:
            status = str(line.detail.get("background_refresh"))
            yield Reading(line, REFRESH_STATUS.get(status), _yes(line.detail.get("low_power")))
    for read in evidence.of(SettingRead, until_s=until_s):
        if read.name == LOW_POWER:
            yield Reading(read, low_power=_yes(read.value))
        elif read.name == REFRESH and read.value == BackgroundRefresh.OFF:
            # For the whole phone: that it is on there says nothing of one app.
            yield Reading(read, refresh=False)
        elif read.name == REFRESH and refresh_off(evidence, "", read.at.earliest_s):
            yield Reading(read, refresh=True)


def _yes(told: object) -> bool | None:
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(
        str(told).lower()
    )
