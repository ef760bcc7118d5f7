"""Whether what the test did to the phone was in force, where a claim is that nothing came of it.

An answer of the phone that something was done is no proof that it is so, and silence proves it the less the
more would have been silent anyway. So who claims that an app heard nothing because its network was taken
away, or that it was left alone because of a setting, has to show something that speaks for it: a reading, a
line of the phone's, an error that the app was told, or an answer that was free to come and did not. With
nothing of the kind the guard is unknown. What speaks against it is looked for in ``setup``, for every
question.

**By cellular.** What shows that the answer did not come, or that the app was told of an error, shows that no
other way was there either. A phone's word that its Wi-Fi is off does not: with nothing more than that, one of
these has to stand for cellular. The phone has no such radio; all that the test transfers is kept from
cellular by the app; or the app tried to fetch something that might go by it, and the origin saw nothing.

**Free to come.** A request that the origin holds at its gate says nothing of the network. While all that are
open are held, the gate alone makes for silence, and the network is not what the claim rests on. Nor is it
for an app that a person has quit, whose transfers ended with that (background-execution.md §1.6).
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.evidence.view import Evidence
from harness.expect.deeds import (
    AIRPLANE,
    FORCE_QUIT,
    LOSSY,
    WIFI_OFF,
    Deed,
    Spell,
    in_force,
    refresh_off,
    spells_of,
)
from harness.expect.hindrances import REFUSALS
from harness.expect.question import Window, open_or_lost
from harness.expect.setup import (
    AIRPLANE_WAS_ON,
    NO_LEAK,
    PACKETS_WERE_LOST,
    REFRESH_WAS_SET,
    WIFI_WAS_DOWN,
    is_kept_off_cellular,
    readings,
)
from harness.model.callbacks import Callback
from harness.model.facts import (
    CELLULAR,
    CONDITION,
    OUT_OF_REACH,
    AppFact,
    CallbackSeen,
    Fact,
    HeldBack,
    Hindrance,
    SettingChanged,
    SettingRead,
    Source,
    StateSeen,
    TransferAsked,
    TransferPhase,
    TransferSeen,
    WakeRefused,
)
from harness.model.ladder import Fidelity
from harness.model.reasons import Reason
from harness.model.verdict import Finding, true, unknown

TRIED_S = 10.0
"""How long an app that was told to fetch something may take to send its request, in phone time; guessed."""

ENDED = frozenset({TransferPhase.FINISHED, TransferPhase.BROKEN})

NETWORK_IS_DOWN = frozenset({("wifi", "off"), ("airplane mode", "on")})
"""Readings of a phone without Wi-Fi."""

_UPDATES_REFUSED = next(text for text, reason in REFUSALS if reason is Reason.NOT_WOKEN_BAR_OFF)

OWN_ENDS = frozenset({"-999", "-1001"})
"""Cancelled, timed out: codes of ``NSURLErrorDomain`` that come with a network as well."""


def network_was_away(evidence: Evidence, bundle_id: str, window: Window) -> tuple[Finding, ...]:
    """That the network was away where the window meets a stretch in which the test had taken it away.

    Args:
        evidence: what is known.
        bundle_id: the app.
        window: in which nothing is claimed to have come.
    """
    taken = ((WIFI_OFF, WIFI_WAS_DOWN), (AIRPLANE, AIRPLANE_WAS_ON), (LOSSY, PACKETS_WERE_LOST))
    return tuple(
        finding
        for deed, about in taken
        for spell in spells_of(evidence, deed, window.deadline_s)
        if _ends_s(spell) > window.from_s
        for finding in _away(evidence, bundle_id, window, deed, spell, about)
    )


def refresh_was_off(evidence: Evidence, bundle_id: str, window: Window) -> tuple[Finding, ...]:
    """That Background App Refresh was off for an app for which the test had put it off."""
    act = refresh_off(evidence, bundle_id, window.deadline_s)
    if act is None:
        return ()
    told = [
        reading for reading in readings(evidence, bundle_id, window.deadline_s) if reading.refresh is False
    ]
    said = evidence.of(WakeRefused, since_s=act.at.latest_s, until_s=window.deadline_s)
    stopped = evidence.of(HeldBack, since_s=act.at.earliest_s, until_s=window.deadline_s)
    shown: list[Fact] = [reading.fact for reading in told if act.at.surely_before(reading.fact.at)]
    shown += [line for line in said if _UPDATES_REFUSED in line.text and line.client in ("", bundle_id)]
    shown += [line for line in stopped if line.why is Hindrance.UPDATES_OFF]
    if shown:
        return (true(REFRESH_WAS_SET, act, shown[-1]),)
    note = "neither the app nor the phone has said so since it was put off"
    lost = evidence.lost_by_any(act.at.earliest_s, window.deadline_s)
    return (unknown(REFRESH_WAS_SET, Reason.INCONCLUSIVE_GAP, act, gaps=lost, note=note),)


def _away(
    evidence: Evidence, bundle_id: str, window: Window, deed: Deed, spell: Spell, about: str
) -> Iterator[Finding]:
    note = _by_what(evidence, spell)
    shown = _told_of_errors(evidence, bundle_id, window, spell) or _stalled(
        evidence, bundle_id, window, spell
    )
    if shown:
        yield true(about, spell.began, *shown[:2], note=note)
        return
    read = _read(evidence, window, deed, spell)
    if read:
        yield true(about, spell.began, *read[:2], note=note)
        if deed is WIFI_OFF:
            yield _by_cellular(evidence, window, spell)
        return
    if _is_silent_anyway(evidence, window, spell):
        return
    pending = open_or_lost(about, evidence, window, (Source.RECEIPT, Source.STATE_STREAM, Source.JOURNAL))
    note = "nothing was on its way that would have come through, and the phone did not say"
    yield pending or unknown(about, Reason.INCONCLUSIVE_GAP, spell.began, note=note)


def _by_what(evidence: Evidence, spell: Spell) -> str:
    """By what the network was taken away, where that only stands in; empty where it is the thing itself."""
    changes = evidence.of(SettingChanged, since_s=spell.began.at.earliest_s, until_s=spell.began.at.latest_s)
    by = next((fact.by for fact in changes if fact.fidelity is Fidelity.STANDS_IN), None)
    return "" if by is None else f"by {by}, which stands in for it"


def _by_cellular(evidence: Evidence, window: Window, spell: Spell) -> Finding:
    """Whether cellular led to the origin while Wi-Fi was off."""
    until_s = min(window.deadline_s, _ends_s(spell))
    told = evidence.of(SettingRead, until_s=until_s)
    without = [read for read in told if (read.name, read.value) == (CELLULAR, "none")]
    if without:
        return true(NO_LEAK, without[-1], note="the phone has no cellular radio")
    asked = evidence.of(TransferAsked, until_s=until_s)
    if is_kept_off_cellular(evidence, until_s):
        return true(NO_LEAK, asked[-1], note="what the app transfers is kept from cellular")
    tried = [fact for fact in asked if fact.by_cellular and spell.holds(fact.at)]
    if tried and evidence.covers(Source.RECEIPT, tried[0].at.earliest_s, tried[0].at.latest_s + TRIED_S):
        # One that came would have made the experiment invalid.
        return true(NO_LEAK, tried[0], note="the app tried, and the origin saw nothing of it")
    note = "the app may have gone on by cellular: nobody has seen whether that leads to the origin"
    return unknown(NO_LEAK, Reason.INCONCLUSIVE_GAP, spell.began, note=note)


def _is_silent_anyway(evidence: Evidence, window: Window, spell: Spell) -> bool:
    """Whether the silence is owed to the origin's gate, or to a person who has quit the app."""
    last = _requests(evidence, window, spell)
    is_held = bool(last) and all(fact.phase is TransferPhase.HELD for fact in last)
    return is_held or in_force(evidence, FORCE_QUIT, window.from_s) is not None


def _ends_s(spell: Spell) -> float:
    return spell.ended.at.earliest_s if spell.ended else float("inf")


def _read(evidence: Evidence, window: Window, deed: Deed, spell: Spell) -> list[Fact]:
    """What the phone says of its Wi-Fi while it is off, or at the end of a condition that it simulated."""
    if deed is LOSSY:
        return _lasted(evidence, window, spell)
    since_s, until_s = spell.began.at.earliest_s, min(window.deadline_s, _ends_s(spell))
    reads = evidence.of(SettingRead, since_s=since_s, until_s=until_s)
    links = evidence.of(HeldBack, since_s=since_s, until_s=until_s)
    return [
        *(read for read in reads if (read.name, read.value) in NETWORK_IS_DOWN),
        *(link for link in links if link.why is Hindrance.NO_WIFI),
    ]


def _lasted(evidence: Evidence, window: Window, spell: Spell) -> list[Fact]:
    """That the phone still simulated a condition when the window was over; none begins again by itself."""
    return [
        read
        for read in evidence.of(SettingRead, since_s=window.deadline_s)
        if (read.name, read.value) == (CONDITION, spell.began.detail) and spell.holds(read.at)
    ]


def _told_of_errors(evidence: Evidence, bundle_id: str, window: Window, spell: Spell) -> list[Fact]:
    """Errors of this test's transfers that the app was told of meanwhile."""
    lines = evidence.of_app(CallbackSeen, bundle_id, until_s=window.deadline_s)
    return [
        line
        for line in lines
        if line.name == Callback.DID_COMPLETE
        and line.detail.get("code") is not None
        and str(line.detail["code"]) not in OWN_ENDS
        and line.nonce in ("", evidence.nonce)
        and spell.holds(line.at)
    ]


def _stalled(evidence: Evidence, bundle_id: str, window: Window, spell: Spell) -> list[Fact]:
    """Requests that broke meanwhile, or whose answers were free to come and brought the app nothing."""
    until_s = min(window.deadline_s, _ends_s(spell))
    if not evidence.covers(Source.RECEIPT, spell.began.at.latest_s, until_s):
        return []
    return [
        fact
        for fact in _requests(evidence, window, spell)
        if fact.phase is TransferPhase.BROKEN
        or (fact.phase is not TransferPhase.HELD and fact.phase not in ENDED)
        or (fact.complete and _is_silent_since(evidence, bundle_id, fact, until_s))
    ]


def _requests(evidence: Evidence, window: Window, spell: Spell) -> list[TransferSeen]:
    """How far each request had come by the end, of those that were still open when the spell began."""
    until_s = min(window.deadline_s, _ends_s(spell))
    seen = evidence.of(TransferSeen, until_s=until_s)
    own = [fact for fact in seen if fact.nonce == evidence.nonce and fact.name != OUT_OF_REACH]
    over = {fact.request for fact in own if fact.phase in ENDED and fact.at.surely_before(spell.began.at)}
    return [fact for request, fact in {fact.request: fact for fact in own}.items() if request not in over]


def _is_silent_since(evidence: Evidence, bundle_id: str, sent: TransferSeen, until_s: float) -> bool:
    """Whether the app did not run from the moment on in which the origin had sent the last byte."""
    since_s = sent.at.earliest_s
    if not evidence.covers(Source.STATE_STREAM, since_s, until_s):
        return False
    facts = evidence.of_app(AppFact, bundle_id, since_s=since_s, until_s=until_s)
    return not any(
        isinstance(fact, CallbackSeen) or (isinstance(fact, StateSeen) and fact.state.runs_code)
        for fact in facts
    )
