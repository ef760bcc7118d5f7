"""How the origin misbehaves on demand: faults, rates, errors, and redirects to URLs that expire."""

from __future__ import annotations

import hashlib
import hmac
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from harness.errors import ConfigError

PhoneTime = Callable[[], "float | Awaitable[float]"]
"""Tells the phone's time in seconds since 1970; called on the origin's loop, so it must not block it."""


class FaultKind(StrEnum):
    """How a connection goes wrong."""

    DROP = "drop"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True)
class Fault:
    """What happens to every connection after so many body bytes of its response (or upload).

    Attributes:
        kind: DROP keeps the connection and stays silent for good; CLOSE ends it in order (FIN), so that
            the body is truncated; RESET ends it with a TCP reset, whereby the last bytes sent may be
            lost on their way.
        after_bytes: body bytes of this response; 0 means before even the head is sent.
    """

    kind: FaultKind
    after_bytes: int


@dataclass(frozen=True)
class Behaviour:
    """How requests for one file are answered.

    Attributes:
        status: 200 to serve the file (206 for a range of it), anything else to answer with that.
        fault: what goes wrong, if anything.
        rate_bytes_per_s: pace of the body, in wall time; ``None`` for as fast as it goes.
    """

    status: int = 200
    fault: Fault | None = None
    rate_bytes_per_s: float | None = None


class Wishes(TypedDict, total=False):
    """What a test may ask of the answers to its requests, as keyword arguments.

    Attributes:
        status: 200, or what to answer instead of the file; of an upload, once its body has come.
        drop_after_bytes: fall silent for good after so many body bytes; 0 sends not even a head.
        close_after_bytes: end the connection there, so that the body is truncated.
        reset_after_bytes: send a TCP reset there.
        rate_bytes_per_s: pace of the body, wall time.
    """

    status: int
    drop_after_bytes: int
    close_after_bytes: int
    reset_after_bytes: int
    rate_bytes_per_s: float


def behaviour(name: str, wishes: Wishes) -> Behaviour:
    """Check the wishes of a test and put them together.

    Args:
        name: the file's name, for the message.
        wishes: what was asked for.

    Raises:
        ConfigError: a number makes no sense, or two faults are asked for at once.
    """
    asked = {
        FaultKind.DROP: wishes.get("drop_after_bytes"),
        FaultKind.CLOSE: wishes.get("close_after_bytes"),
        FaultKind.RESET: wishes.get("reset_after_bytes"),
    }
    faults = [Fault(kind, after) for kind, after in asked.items() if after is not None]
    if len(faults) > 1:
        raise ConfigError(f"{name}: several faults at once", fix="Ask for one of drop, close and reset.")
    if faults and faults[0].after_bytes < 0:
        raise ConfigError(
            f"{name}: {faults[0].kind} after {faults[0].after_bytes} bytes", fix="Use 0 or more."
        )
    status, rate = wishes.get("status", 200), wishes.get("rate_bytes_per_s")
    if not 200 <= status <= 599:
        raise ConfigError(f"{name}: status {status} is no final HTTP status", fix="Use 200 to 599.")
    if rate is not None and rate <= 0:
        raise ConfigError(f"{name}: a rate of {rate} bytes/s", fix="Use a rate above 0.")
    return Behaviour(status, faults[0] if faults else None, rate)


@dataclass(frozen=True)
class SignedRedirect:
    """The file's URL answers with a redirect to a signed URL, which may expire.

    Attributes:
        valid_for_s: how long a signed URL is good after it was handed out, in phone time; ``None`` for
            ever.
        clock: tells the phone's time; needed with ``valid_for_s``.
        status: 301, 302, 303, 307 or 308.
    """

    valid_for_s: float | None = None
    clock: PhoneTime | None = None
    status: int = 302

    def __post_init__(self) -> None:
        if self.valid_for_s is not None and self.clock is None:
            raise ConfigError(
                "a signed URL that expires needs a clock",
                fix="Pass clock=, a callable that tells the phone's time.",
            )
        if self.status not in (301, 302, 303, 307, 308):
            raise ConfigError(f"{self.status} is no redirect", fix="Use 301, 302, 303, 307 or 308.")

    async def now_s(self) -> float:
        """The phone's time, or 0 when nothing depends on it."""
        if self.clock is None:
            return 0.0
        value = self.clock()
        return await value if inspect.isawaitable(value) else value


class Signature(StrEnum):
    """What a signed URL's query is worth."""

    ABSENT = "absent"
    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


def sign(secret: str, name: str, redirect: SignedRedirect, now_s: float) -> dict[str, str]:
    """The query of a signed URL handed out now."""
    expires = "never" if redirect.valid_for_s is None else f"{now_s + redirect.valid_for_s:.3f}"
    return {"expires": expires, "signature": _mac(secret, name, expires)}


def judge(secret: str, name: str, query: dict[str, str], now_s: float) -> Signature:
    """Whether a query signs ``name`` and is still good at ``now_s`` (phone time)."""
    expires, mac = query.get("expires"), query.get("signature")
    if expires is None and mac is None:
        return Signature.ABSENT
    wanted = _mac(secret, name, expires or "")
    if not hmac.compare_digest(wanted.encode(), (mac or "").encode()):
        return Signature.FORGED
    if expires != "never" and now_s >= float(expires or 0):
        return Signature.EXPIRED
    return Signature.GOOD


def _mac(secret: str, name: str, expires: str) -> str:
    return hmac.new(secret.encode(), f"{name}\n{expires}".encode(), hashlib.sha256).hexdigest()
