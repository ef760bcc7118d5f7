"""Where the transfer of a task can stand.

Theory: a transfer is a row of attempts that follow each other until one is answered, until one fails
hopelessly, or until the time that the app gave the whole transfer is over. Between two attempts it waits: for
a moment, for a network, for the phone to let it go on, or for the app to say who it is. ``MOVES`` is all that
can happen; what is not in it does nothing. Source: background-execution.md §1.8.3, §1.8.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class TransferState(StrEnum):
    """What a transfer is doing."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting for the next attempt"
    OFFLINE = "waiting for a network"
    PAUSED = "held back by the phone"
    CHALLENGED = "waiting for the app to answer a challenge"
    DONE = "done"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What moves a transfer on."""

    ATTEMPT = "an attempt begins"
    LOSE = "the attempt was in vain, and there is a network"
    GO_OFFLINE = "there is no network it may use"
    PAUSE = "the phone holds it back"
    CHALLENGE = "the server wants to know who asks"
    END = "it is answered, hopeless, or out of time"
    CANCEL = "it is cancelled"


_NEW, _RUNNING, _WAITING = TransferState.NEW, TransferState.RUNNING, TransferState.WAITING
_OFFLINE, _PAUSED, _CHALLENGED = TransferState.OFFLINE, TransferState.PAUSED, TransferState.CHALLENGED
_DONE, _CANCELLED = TransferState.DONE, TransferState.CANCELLED

MOVES: Mapping[tuple[TransferState, Step], TransferState] = {
    (_NEW, Step.ATTEMPT): _RUNNING,
    (_NEW, Step.GO_OFFLINE): _OFFLINE,
    (_NEW, Step.END): _DONE,
    (_NEW, Step.CANCEL): _CANCELLED,
    (_RUNNING, Step.LOSE): _WAITING,
    (_RUNNING, Step.GO_OFFLINE): _OFFLINE,
    (_RUNNING, Step.PAUSE): _PAUSED,
    (_RUNNING, Step.CHALLENGE): _CHALLENGED,
    (_RUNNING, Step.END): _DONE,
    (_RUNNING, Step.CANCEL): _CANCELLED,
    (_WAITING, Step.ATTEMPT): _RUNNING,
    (_WAITING, Step.GO_OFFLINE): _OFFLINE,
    (_WAITING, Step.PAUSE): _PAUSED,
    (_WAITING, Step.END): _DONE,
    (_WAITING, Step.CANCEL): _CANCELLED,
    (_OFFLINE, Step.ATTEMPT): _RUNNING,
    (_OFFLINE, Step.PAUSE): _PAUSED,
    (_OFFLINE, Step.END): _DONE,
    (_OFFLINE, Step.CANCEL): _CANCELLED,
    (_PAUSED, Step.ATTEMPT): _RUNNING,
    (_PAUSED, Step.GO_OFFLINE): _OFFLINE,
    (_PAUSED, Step.END): _DONE,
    (_PAUSED, Step.CANCEL): _CANCELLED,
    (_CHALLENGED, Step.ATTEMPT): _RUNNING,
    (_CHALLENGED, Step.GO_OFFLINE): _OFFLINE,
    (_CHALLENGED, Step.PAUSE): _PAUSED,
    (_CHALLENGED, Step.END): _DONE,
    (_CHALLENGED, Step.CANCEL): _CANCELLED,
}
"""Every move there is. Nobody is told of a cancelled transfer, and nothing leaves DONE or CANCELLED.

A transfer that is paused while challenged asks the server anew when it goes on, and is challenged anew.
"""
