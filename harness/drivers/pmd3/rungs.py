"""What a phone offers beyond what every phone does, told without asking it anything."""

from __future__ import annotations

from harness.model.identity import Connection, PhoneIdentity
from harness.model.rungs import SINCE, Rung

EVERYWHERE = frozenset({Rung.DEBUGGER, Rung.NETWORK_CONDITION, Rung.LOCATION, Rung.UPGRADE, Rung.REBOOT})
"""What every iOS that is driven here has. Guessed of the condition inducer: that iOS 13 had it already."""


def rungs_of(
    identity: PhoneIdentity, connection: Connection | None, *, runs_ahead: bool, cellular: bool
) -> frozenset[Rung]:
    """The rungs of one phone.

    Args:
        identity: the phone.
        connection: how it is reached; ``None`` for the cable where there is one.
        runs_ahead: whether its clock does.
        cellular: whether it says that it has a cellular radio.
    """
    by_network = connection is Connection.NETWORK
    offered = {
        # Without a cable it would cut the harness off as well.
        Rung.WIFI: not by_network,
        Rung.UNPLUGGED: by_network,
        Rung.VIRTUAL_CLOCK: runs_ahead,
        Rung.CELLULAR: cellular,
    }
    by_version = {rung for rung, first in SINCE.items() if identity.ios_major >= first}
    return EVERYWHERE | by_version | {rung for rung, is_there in offered.items() if is_there}
