"""What a phone offers beyond what every phone does, told without asking it anything."""

from __future__ import annotations

from harness.model.identity import Connection, PhoneIdentity
from harness.model.rungs import SINCE, Rung

EVERYWHERE = frozenset({Rung.DEBUGGER, Rung.NETWORK_CONDITION, Rung.LOCATION, Rung.UPGRADE, Rung.REBOOT})
"""What every iOS that is driven here has. Guessed of the condition inducer: that iOS 13 had it already."""

BY_SCREEN = frozenset(
    {
        Rung.APP_SWITCHER,
        Rung.HOME_SCREEN,
        Rung.SETTINGS_SCREENS,
        Rung.AUTOMATION,
        Rung.OPEN_URL,
        Rung.TAP,
        Rung.LOCK,
        Rung.SIRI,
        Rung.NOTIFICATIONS,
    }
)
"""What is done as a finger does it."""


def rungs_of(
    identity: PhoneIdentity,
    connection: Connection | None,
    *,
    runs_ahead: bool,
    cellular: bool,
    has_screen: bool = False,
) -> frozenset[Rung]:
    """The rungs of one phone.

    Args:
        identity: the phone.
        connection: how it is reached; ``None`` for the cable where there is one.
        runs_ahead: whether its clock does.
        cellular: whether it says that it has a cellular radio.
        has_screen: whether its screen is worked.
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
    by_screen = BY_SCREEN if has_screen else frozenset[Rung]()
    return EVERYWHERE | by_version | by_screen | {rung for rung, is_there in offered.items() if is_there}
