"""How an app answers a server that wants to know who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.kernel.nsurlsessiond.challenges import Answer
from harness.virtual.kernel.nsurlsessiond.challenges import Challenge as URLAuthenticationChallenge
from harness.virtual.kernel.nsurlsessiond.challenges import Disposition as AuthChallengeDisposition

__all__ = [
    "AuthChallengeDisposition",
    "ChallengeHandler",
    "URLAuthenticationChallenge",
    "URLCredential",
    "answer_of",
]


@dataclass(frozen=True)
class URLCredential:
    """``URLCredential(user:password:persistence:)``.

    Attributes:
        user: who asks.
        password: the proof.
    """

    user: str
    password: str


ChallengeHandler = Callable[[AuthChallengeDisposition, URLCredential | None], None]
"""``(URLSession.AuthChallengeDisposition, URLCredential?) -> Void``."""


def answer_of(disposition: AuthChallengeDisposition, credential: URLCredential | None) -> Answer:
    """What the kernel is told; a credential that is to be used and is none leaves the answer as it is."""
    if credential is None:
        uses = disposition is AuthChallengeDisposition.USE_CREDENTIAL
        return Answer(AuthChallengeDisposition.PERFORM_DEFAULT_HANDLING if uses else disposition)
    return Answer(disposition, credential.user, credential.password)
