"""What is claimed of a test runner and of fingers, where it is from and how far to trust it.

Sources named §n are sections of appium-and-wda.md. Shapes and words of answers are in the ledger by route.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing
from harness.virtual.wda.acts import IN_BACKGROUND, REQUESTER
from harness.virtual.wda.handlers.gestures import SWIPE_SHARE
from harness.virtual.wda.handlers.sessions import NOT_ALLOWED
from harness.virtual.wda.sessions import MOST_ELEMENTS
from harness.virtual.wda.touch import EDGE_POINTS, LEAST_POINTS, LEAST_REST_S

_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED
_ITSELF = "WebDriverAgent 16 itself"
_OWN = "the model's own"

FINGER_RULES: tuple[Row, ...] = (
    Row("a tap on nothing is answered as any other", True, "§4, 9: a click returns 200", _DOC),
    Row("an alert takes every touch", True, "from memory", _GUESS),
    Row("what is not in sight is scrolled to", True, "from memory: XCTest does so before a tap", _GUESS),
    Row("a rest at the end opens the app switcher", True, "§5: a public test: 0.1 s, slowly, 1 s", _DOC),
    Row("LEAST_REST_S", LEAST_REST_S, _OWN, _GUESS),
    Row("LEAST_POINTS", LEAST_POINTS, _OWN, _GUESS),
    Row("EDGE_POINTS", EDGE_POINTS, _OWN, _GUESS),
    Row("SWIPE_SHARE", SWIPE_SHARE, _OWN, _GUESS),
)

SESSION_RULES: tuple[Row, ...] = (
    Row("a second session ends the first", True, f"§4, 12; {_ITSELF}: FBSession.m", _DOC),
    Row("a session is bound to its bundleId", True, f"§4, 7; {_ITSELF}: FBSession.m", _DOC),
    Row("MOST_ELEMENTS", MOST_ELEMENTS, f"{_ITSELF}: FBElementCache.m", _DOC),
    Row("an element is known by page, place and name", True, _OWN, _GUESS),
    Row("an alert is all that is looked at", True, f"{_ITSELF}: which app is active; from memory", _GUESS),
    Row("state of a suspended app", IN_BACKGROUND, "§4, 10: 2 is not told reliably", _GUESS),
    Row("who asks for a launch", REQUESTER, "from memory", _GUESS),
    Row(
        "NOT_ALLOWED", NOT_ALLOWED, "XCTest's words, from issue threads; at once, not after a minute", _GUESS
    ),
    Row("a runner started behind a passcode waits", True, "issue threads of XCTest users", _GUESS),
    Row("a runner works that is just launched", True, "§6: without its XC frameworks", _DOC, first=17),
    Row(
        "a runner works that is just launched",
        True,
        "§6 has it that earlier ones need testmanagerd or xcodebuild; the model needs neither",
        _GUESS,
        last=16,
    ),
    Row("Wi-Fi breaks connections only if a fault says so", True, "§4, 11: reports of either", _GUESS),
)

RUNNER_RULES: tuple[Row, ...] = (*FINGER_RULES, *SESSION_RULES)
"""Every rule. No switch turns them off: they say what the model does."""
