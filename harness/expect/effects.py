"""That the completion handler was called is believed only with an effect of it on the phone.

The session's assertion dropped, or the app suspended again, while the budget of the wake still ran
(design: "Completion handler called" needs the journal and an effect). Either source of the phone shows
one, so the claim survives the loss of the other.
"""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.expect.guards import STATE_SOURCES
from harness.expect.question import Window, open_or_lost
from harness.model.callbacks import Callback
from harness.model.facts import AppFact, CallbackSeen, EvidenceClass, SessionAssertion, StateSeen
from harness.model.reasons import Reason
from harness.model.states import AppState
from harness.model.verdict import Finding, true, unknown

WAKE_BUDGET_S = 30.0
"""How long a wake for session events may take. Source: log-grammar §1.5, ``handlesession`` (30 s)."""

EXPIRY_S = 1.0
"""What ends this close to the end of the budget may have ended because of it. The budget began before the
first callback; by how much is not known."""


def had_effect(
    evidence: Evidence, window: Window, lines: tuple[CallbackSeen, ...], called: CallbackSeen
) -> Finding:
    """That the handler was called, and iOS took note of it.

    Args:
        evidence: what is known.
        window: of the question.
        lines: the app's lines in it.
        called: the line with which the app says that it calls the handler.
    """
    about = f"{Callback.COMPLETION_HANDLER} was called, and iOS took note"
    effects = _effects(evidence, lines, called)
    for effect in effects:
        if effect.at.surely_after(called.at):
            return true(about, called, effect)
    pending = open_or_lost(about, evidence, window, STATE_SOURCES)
    if pending:
        return pending
    if effects:
        note = "what may be its effect came in the same instant, or just before"
        return unknown(about, Reason.INCONCLUSIVE_ORDER, called, *effects[:2], note=note)
    note = "the journal says so, and nothing on the phone followed from it"
    return unknown(about, Reason.INCONCLUSIVE_DEADLINE, called, note=note)


def _effects(evidence: Evidence, lines: tuple[CallbackSeen, ...], called: CallbackSeen) -> list[AppFact]:
    began = next((line for line in lines if line.name == Callback.HANDLE_EVENTS), called)
    ends_s = began.at.earliest_s + WAKE_BUDGET_S - EXPIRY_S
    after = evidence.of_app(AppFact, called.bundle_id, since_s=called.at.earliest_s, until_s=ends_s)
    return [fact for fact in after if _is_effect(fact, called.pid) and fact.at.latest_s <= ends_s]


def _is_effect(fact: AppFact, pid: int) -> bool:
    match fact:
        case SessionAssertion(held=held):
            return not held and fact.pid in (0, pid)
        case StateSeen(state=state):
            is_phone = fact.witness is EvidenceClass.PHONE
            return state is AppState.SUSPENDED and fact.pid == pid and is_phone
        case _:
            return False
