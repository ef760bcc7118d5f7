"""When a server wants to know who asks: the challenge that an app gets, and what it can answer.

A task that is challenged stands still until the app has answered; for that the app is woken like for a
session whose tasks are finished (background-execution.md §1.8.5). Only HTTP Basic is modelled: an answer
401 or 407 with another scheme, or with none, is an answer like any other.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.kernel.nsurlsessiond.fetching import ResponseHead

_HEADERS = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}
"""Which header asks, and which answers, by status (RFC 9110 §11)."""


class Disposition(StrEnum):
    """``URLSession.AuthChallengeDisposition``; the names are Apple's."""

    USE_CREDENTIAL = "useCredential"
    PERFORM_DEFAULT_HANDLING = "performDefaultHandling"
    CANCEL = "cancelAuthenticationChallenge"
    REJECT_PROTECTION_SPACE = "rejectProtectionSpace"


@dataclass(frozen=True)
class Answer:
    """What an app does about a challenge.

    Attributes:
        disposition: what to do; without a credential, default handling and rejection let the answer
            stand as the server gave it.
        user: of the credential, with USE_CREDENTIAL.
        password: of the credential.
    """

    disposition: Disposition
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Challenge:
    """``URLAuthenticationChallenge``, as far as HTTP Basic goes.

    Attributes:
        status: 401 or 407.
        realm: what the server calls the place.
        failures: ``previousFailureCount``.
    """

    status: int
    realm: str
    failures: int = 0

    def reply(self, answer: Answer) -> tuple[str, str]:
        """The header that carries a credential."""
        pair = base64.b64encode(f"{answer.user}:{answer.password}".encode()).decode("ascii")
        return _HEADERS[self.status][1], f"Basic {pair}"


def challenge_in(head: ResponseHead, failures: int = 0) -> Challenge | None:
    """The challenge that a response makes, or ``None``."""
    asks, _ = _HEADERS.get(head.status, ("", ""))
    scheme, _, rest = head.headers.get(asks, "").partition(" ")
    if scheme.lower() != "basic":
        return None
    realm = rest.partition('realm="')[2].partition('"')[0]
    return Challenge(head.status, realm, failures)
