"""What a client calls itself at a phone, ``<pid>.<epoch>``: in a worker, and in the processes of its tunnels.

A worker has each further phone with iOS 17.4 or newer through a process that holds the tunnel. What comes
from there is the worker's, so that process calls itself as the worker does. It is told by its environment,
which is that of the worker at the moment of its start.
"""

from __future__ import annotations

import json
import os
from typing import Any

from pymobiledevice3.lockdown import DEFAULT_LABEL, LockdownClient

WHO = "RACK_WHO"
"""Environment variable: the worker's process, and UDID -> the grant by which it has the phone, as JSON."""

NAMED = "label"
"""Attribute of a client of lockdown: what it calls itself in each request."""

_epochs: dict[str, int] = {}


def granted(udid: str, epoch: int) -> None:
    """This process has a phone by a grant, and so have the processes that it starts from now on."""
    _epochs[_plain(udid)] = epoch
    os.environ[WHO] = json.dumps({"pid": os.getpid(), "epochs": _epochs})


def say_who() -> None:
    """Have every client of this process say who it is, the harness's own driver too."""

    def label(client: LockdownClient) -> str:
        # As it was when it first spoke: who outlives its grant must not pass for the next one.
        return vars(client).setdefault("said", _label_of(client.identifier or ""))

    setattr(LockdownClient, NAMED, property(label, lambda client, value: None))


def _label_of(udid: str) -> str:
    who: dict[str, Any] = json.loads(os.environ.get(WHO, '{"epochs": {}}'))
    epoch = who["epochs"].get(_plain(udid))
    return f"{who['pid']}.{epoch}" if epoch else DEFAULT_LABEL


def _plain(udid: str) -> str:
    return udid.replace("-", "").upper()
