"""What clients asked of a phone: which message of which service, and how often.

It is how a judge is shown to have judged something: a client that is content has proven only the messages
it sent. Whoever accepts a connection opens the conversation of its service; whoever reads the messages
notes them, and need not know whose they are.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

LOCKDOWN = "com.apple.mobile.lockdown"
"""The service under which lockdownd's own messages are noted."""

USBMUX = "usbmux"
"""The service under which usbmuxd's messages are noted, which are to no phone."""

PROCESS_PORT = "port of a process"
"""The service under which connections to a process that listens by itself are noted."""

RSD = "RSD"
"""The service under which the list of services behind a tunnel is noted."""

CONNECTED = "connected"
"""Noted of every connection to a service; all there is to note of one that only talks itself."""

NAMES_OF_A_MESSAGE = ("Request", "Command", "command", "RequestType", "CommandKey", "MessageType", "action")
"""Where services of property lists keep a message's name."""


@dataclass(frozen=True)
class Question:
    """One kind of message.

    Attributes:
        service: the service it went to, under its name behind lockdown.
        message: its name: a request, a selector, an operation.
    """

    service: str
    message: str

    def __str__(self) -> str:
        return f"{self.service}/{self.message}"


class Asked:
    """The tally of one phone."""

    def __init__(self) -> None:
        self._counts: Counter[Question] = Counter()

    def note(self, question: Question) -> None:
        """Count one message."""
        self._counts[question] += 1

    def counts(self) -> Mapping[Question, int]:
        """How often each was asked so far."""
        return dict(self._counts)


_AT_HAND: ContextVar[tuple[Asked, str] | None] = ContextVar("conversation", default=None)


@contextlib.contextmanager
def conversation(asked: Asked, service: str) -> Generator[None]:
    """A client is connected to a service: what is read meanwhile, in this task, was asked of it."""
    asked.note(Question(service, CONNECTED))
    token = _AT_HAND.set((asked, service))
    try:
        yield
    finally:
        _AT_HAND.reset(token)


def note(message: str, *, of: str = "") -> None:
    """Count a message of the conversation at hand; outside of one nothing is counted.

    Args:
        message: its name.
        of: the service within the service that it went to, such as a channel of the instruments.
    """
    at_hand = _AT_HAND.get()
    if at_hand is not None:
        asked, service = at_hand
        asked.note(Question(of or service, message))


def note_plist(body: Mapping[str, object]) -> None:
    """Count a message of a service of property lists, if it has a name."""
    for key in NAMES_OF_A_MESSAGE:
        name = body.get(key)
        if isinstance(name, str | int):
            note(str(name))
            return
