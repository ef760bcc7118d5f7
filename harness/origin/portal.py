"""What a captive portal answers in the place of a server: a redirect, then a page to log in at.

A phone that downloads follows the redirect without a word and gets the page, whole and with status 200: the
app is told of a success. Only what it looks at itself tells it otherwise: the type, the size, the URL that
answered. The portal stands in front of this origin and of nothing else. The phone's own probe for portals
goes to a server of Apple's and finds the way open, so that no login sheet is shown and Wi-Fi stays the way.
A portal cannot redirect what it cannot read: over HTTPS it is met only after the handshake, where a real one
would have no certificate for the name.
"""

from __future__ import annotations

from harness.origin.answer import Answer, Request
from harness.origin.body import GivenBody

LOGIN = "captive-portal"
"""The page's name within the run, so that its receipts are the run's too."""

PAGE = b"""<!DOCTYPE html>
<html><head><title>Welcome to this network</title></head>
<body><h1>Log in to go on</h1><form method="post"><input name="room"><button>Connect</button></form></body>
</html>
"""


def intercept(request: Request) -> Answer:
    """The answer to any request while the portal is in the way."""
    if request.name == LOGIN:
        return _answer(200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, PAGE)
    login = f"/{request.nonce}/{request.secret}/{LOGIN}"
    return _answer(302, {"Location": login, "Cache-Control": "no-store"}, b"")


def _answer(status: int, headers: dict[str, str], content: bytes) -> Answer:
    return Answer(status, headers, GivenBody(content), 0, len(content))
