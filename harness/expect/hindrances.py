"""Reasons of the phone's own, or of the test's, for not doing what an app waits for.

With such a reason an unmet deadline says nothing about the app, so it is inconclusive, and named. A
reason is looked for in four places: what nsurlsessiond says when it wakes nobody, what the phone says of
work it holds back, what the test itself did and has not undone by the deadline, and settings and conditions
as they were read.

Most of what nsurlsessiond says names no client on a stock phone. What names another app is passed over. What
names none may be meant for another: it is enough to call a verdict inconclusive, and not enough to pass or to
fail one, unless it is shown to be about the app (``is_surely_about``).
"""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.expect import guards as guard
from harness.expect.deeds import DEEDS, FORCE_QUIT, in_force, refresh_off
from harness.expect.endings import exits_of
from harness.expect.question import Window
from harness.model.exits import ExitCause
from harness.model.facts import (
    ActionTaken,
    Fact,
    HeldBack,
    Hindrance,
    ResumeDelaySet,
    SettingRead,
    StateSeen,
    TransferPhase,
    TransferSeen,
    WakeRefused,
    WakeTold,
)
from harness.model.reasons import MEANINGS, Outcome, Reason

REFUSALS: tuple[tuple[str, Reason], ...] = (
    ("background updates are not enabled", Reason.NOT_WOKEN_BAR_OFF),
    ("sessionSendsLaunchEvents is NO", Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
)
"""What nsurlsessiond says when it wakes nobody -> reason. Source: background-execution.md §1.8.6.

That a client is already connected is not among them: the line does not say whose, and whether the app
ran is seen directly.
"""

HELD_BACK: dict[Hindrance, Reason] = {
    Hindrance.UPDATES_OFF: Reason.NOT_WOKEN_BAR_OFF,
    Hindrance.LOW_THROUGHPUT: Reason.NOT_WOKEN_THROTTLED,
    Hindrance.NO_WIFI: Reason.NOT_WOKEN_WAITING_NETWORK,
}
"""What the phone says of work it holds back -> reason. Source: background-execution.md §1.3, §1.8.3."""

CONDITIONS: dict[tuple[str, str], Reason] = {
    ("low power mode", "on"): Reason.NOT_WOKEN_LOW_POWER,
    ("airplane mode", "on"): Reason.NOT_WOKEN_WAITING_NETWORK,
    ("wifi", "off"): Reason.NOT_WOKEN_WAITING_NETWORK,
    ("first unlock", "no"): Reason.NOT_WOKEN_BFU_LOCKED,
}
"""Setting or condition with its value -> reason. Source: background-execution.md §1.7, §1.8.3, §1.12."""

OVER_WHEN_DELIVERED = frozenset(
    {
        Reason.NOT_WOKEN_WAITING_NETWORK,
        Reason.NOT_WOKEN_SERVER_DOWN,
        Reason.NOT_WOKEN_THROTTLED,
        Reason.NOT_WOKEN_SESSION_UNFINISHED,
    }
)
"""Reasons that hinder a transfer, and nothing once its file has come."""

EXCUSES_OF_AN_ERROR = frozenset(Reason) - OVER_WHEN_DELIVERED
"""Reasons for which an error may stay untold; what hinders a transfer is what the error is to tell of."""

OF_WAKES_ONLY = frozenset({Reason.NOT_WOKEN_BAR_OFF, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF})
"""Reasons for which nobody is woken, while the transfer goes on (background-execution.md §1.7, §1.8.6)."""

Own = tuple[Reason, Fact]
"""A reason, and the fact that names it."""


def own_reason(
    evidence: Evidence, window: Window, bundle_id: str, of: frozenset[Reason] | None = None
) -> Own | None:
    """A reason of the phone's own, or of the test's, for leaving the app alone in the window.

    Args:
        evidence: what is known.
        window: the window of the claim.
        bundle_id: the app.
        of: the reasons that can be meant; ``None`` for any.
    """
    known = (look(evidence, window, bundle_id) for look in LOOKS)
    return next((own for own in known if own and (of is None or own[0] in of)), None)


def is_surely_about(own: Own, evidence: Evidence, window: Window, bundle_id: str) -> bool:
    """Whether a reason is the app's, or the whole phone's, and cannot be another app's.

    A refusal that names no client is the app's when it must be: the origin has delivered a file of this test
    whole, so nsurlsessiond had to decide about its session, and all it decided from then on was this.
    It tells of every decision (background-execution.md §1.8.6).
    """
    reason, fact = own
    match fact:
        case WakeRefused(client=""):
            return _is_only_decision(reason, evidence, window, bundle_id)
        case HeldBack(client="") | ResumeDelaySet(client=""):
            return False
        case _:
            return True


def transfer_hindrance(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    """A reason of the phone's own, or of the test's, why a transfer had not come by the end of the window."""
    return own_reason(evidence, window, bundle_id, OVER_WHEN_DELIVERED)


def undelivered(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    """A reason of the phone's own, or of the test's, why the origin had not delivered a file.

    That Background App Refresh is off is none. That it was switched off just then is one: some transfers are
    cancelled by that (background-execution.md §1.7).
    """
    known = own_reason(evidence, window, bundle_id, frozenset(Reason) - OF_WAKES_ONLY)
    return known or _held_back(evidence, window, bundle_id)


def completions(evidence: Evidence, window: Window) -> list[TransferSeen]:
    """Files of this test that the origin has surely delivered whole within a window."""
    seen = evidence.of(TransferSeen, since_s=window.from_s, until_s=window.deadline_s)
    return [fact for fact in seen if fact.complete and fact.nonce == evidence.nonce and window.holds(fact.at)]


def _since_launch_s(evidence: Evidence, window: Window, bundle_id: str) -> float | None:
    launch = guard.last_launch(evidence, bundle_id, window.from_s)
    return launch.at.earliest_s if launch else None


def _quit_by_user(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    since_s = _since_launch_s(evidence, window, bundle_id)
    for story in exits_of(evidence, bundle_id, since_s=since_s, until_s=window.deadline_s):
        if story.cause is ExitCause.USER_FORCE_QUIT:
            return Reason.NOT_WOKEN_FORCE_QUIT, story.facts[0]
    # Of an app without a process nothing but the act tells.
    quit_by_us = in_force(evidence, FORCE_QUIT, window.deadline_s)
    if quit_by_us is None or _opened_since(evidence, bundle_id, quit_by_us, window):
        return None
    return Reason.NOT_WOKEN_FORCE_QUIT, quit_by_us


def _opened_since(evidence: Evidence, bundle_id: str, act: ActionTaken, window: Window) -> bool:
    """Whether a person has opened the app again, which clears the flag (background-execution.md §1.6)."""
    states = evidence.of_app(StateSeen, bundle_id, since_s=act.at.latest_s, until_s=window.deadline_s)
    return any(seen.state.is_foreground and act.at.surely_before(seen.at) for seen in states)


def _refused(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    # What names the app says more than what names nobody.
    refusals = sorted(_refusals(evidence, window, bundle_id), key=lambda refusal: not refusal.client)
    named = [(reason, refusal) for refusal in refusals if (reason := _meant_by(refusal))]
    return next((own for own in named if not _blames(own, evidence, window, bundle_id)), None)


def _refusals(evidence: Evidence, window: Window, bundle_id: str) -> list[WakeRefused]:
    told = evidence.of(WakeRefused, since_s=window.from_s, until_s=window.deadline_s)
    return [refusal for refusal in told if refusal.client in ("", bundle_id)]


def _meant_by(refusal: WakeRefused) -> Reason | None:
    return next((reason for text, reason in REFUSALS if text in refusal.text), None)


def _blames(own: Own, evidence: Evidence, window: Window, bundle_id: str) -> bool:
    """Whether a reason that is the app's own fault may be another app's."""
    is_fault = MEANINGS[own[0]].wake is Outcome.FAILED
    return is_fault and not is_surely_about(own, evidence, window, bundle_id)


def _is_only_decision(reason: Reason, evidence: Evidence, window: Window, bundle_id: str) -> bool:
    done = completions(evidence, window)
    if not done:
        return False
    from_s = done[0].at.earliest_s
    refusals = [
        refusal for refusal in _refusals(evidence, window, bundle_id) if refusal.at.latest_s >= from_s
    ]
    wakes = evidence.of(WakeTold, since_s=from_s, until_s=window.deadline_s)
    return bool(refusals) and not wakes and all(_meant_by(refusal) is reason for refusal in refusals)


def _delayed(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    # A delay runs on past a kill, and ends when the app comes to the foreground (§1.8.7).
    since_s = _since_launch_s(evidence, window, bundle_id)
    for delay in evidence.of(ResumeDelaySet, since_s=since_s, until_s=window.deadline_s):
        is_ours = delay.client in ("", bundle_id)
        if is_ours and delay.at.latest_s + delay.delay_s > window.deadline_s:
            return Reason.NOT_WOKEN_RATE_LIMITED, delay
    return None


def _held_back(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    for fact in evidence.of(HeldBack, since_s=window.from_s, until_s=window.deadline_s):
        reason = HELD_BACK[fact.why]
        if fact.client in ("", bundle_id) and _still_hinders(reason, evidence, window):
            return reason, fact
    return None


def _by_deed(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    """What the test did and has not undone by the deadline."""
    for deed in DEEDS:
        act = in_force(evidence, deed, window.deadline_s)
        if act and _still_hinders(deed.reason, evidence, window):
            return deed.reason, act
    held = _held_at_gate(evidence, window)
    if held and not completions(evidence, window):
        return Reason.NOT_WOKEN_SESSION_UNFINISHED, held
    off = refresh_off(evidence, bundle_id, window.deadline_s)
    return (Reason.NOT_WOKEN_BAR_OFF, off) if off else None


def _held_at_gate(evidence: Evidence, window: Window) -> TransferSeen | None:
    """A request of this test that the origin still holds at the deadline."""
    seen = evidence.of(TransferSeen, until_s=window.deadline_s)
    last = {fact.request: fact for fact in seen if fact.nonce == evidence.nonce}
    return next((fact for fact in last.values() if fact.phase is TransferPhase.HELD), None)


def _condition(evidence: Evidence, window: Window, bundle_id: str) -> Own | None:
    """A condition that was read within the window, or before it and not read otherwise since."""
    standing: dict[str, SettingRead] = {}
    for read in evidence.of(SettingRead, until_s=window.deadline_s):
        # What is read while the action lasts may be what the action made of it.
        if read.at.earliest_s <= window.since.at.latest_s:
            standing[read.name] = read
            continue
        for known in (standing.get(read.name), read):
            own = _hindering(known, evidence, window)
            if own:
                return own
    return next((own for read in standing.values() if (own := _hindering(read, evidence, window))), None)


def _hindering(read: SettingRead | None, evidence: Evidence, window: Window) -> Own | None:
    reason = CONDITIONS.get((read.name, read.value)) if read else None
    return (reason, read) if read and reason and _still_hinders(reason, evidence, window) else None


def _still_hinders(reason: Reason, evidence: Evidence, window: Window) -> bool:
    return reason not in OVER_WHEN_DELIVERED or not completions(evidence, window)


LOOKS = (_quit_by_user, _refused, _delayed, _held_back, _by_deed, _condition)
"""Where a reason is looked for, in this order: what is about the app before what is about the phone."""
