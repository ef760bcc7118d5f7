"""The ways out of a phone that a transfer can take."""

from __future__ import annotations

from enum import StrEnum

INTERFACE_HEADER = "X-Phone-Interface"
"""The mark of a virtual phone's request: the ``Interface`` it left by. A real phone sends none."""

CELLULAR_ADDRESS = "127.0.0.2"
"""Where a virtual phone's cellular connections to this host come from, if the host has that address."""


class Interface(StrEnum):
    """What a phone can reach a server by."""

    WIFI = "wifi"
    CELLULAR = "cellular"
