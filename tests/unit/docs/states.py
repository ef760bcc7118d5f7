"""The states of a phone in docs/restoring.md: ``python -m tests.unit.docs.states`` writes them."""

from __future__ import annotations

from harness.farm.leases.states import TRANSITIONS, PhoneEvent, PhoneState
from tests.unit.docs.pages import WrittenPart

PAGE = "docs/restoring.md"

TITLES = {
    PhoneEvent.GRANT: "leased",
    PhoneEvent.RECALL: "a test wants it, and a person had changed it to stay",
    PhoneEvent.END: "given back, or its holder died",
    PhoneEvent.CLEAN: "nothing is due any more",
    PhoneEvent.GIVE_UP: "restoring failed three times",
    PhoneEvent.FOUND_BAD: "a check of its health failed",
    PhoneEvent.DETACH: "not attached",
    PhoneEvent.ATTACH: "attached again",
    PhoneEvent.CLEAR: "a person says so, or its time is up",
}
"""What happens, in the words of the page."""

PART = WrittenPart(PAGE, "states")


def diagram() -> str:
    """The table of ways between states, drawn."""
    ways = [f"    {state} --> {after}: {TITLES[event]}" for (state, event), after in TRANSITIONS.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {PhoneState.FREE}", *ways, "```\n"])


if __name__ == "__main__":
    PART.write(diagram())
