"""Whether it is the host that fails, and not the phone: asked once something has spoken against a phone.

Every phone of a host is reached by its usbmuxd. While that does not answer, nothing is known of any phone, so
nothing is held against one; it is out of rotation for a moment, as one is that somebody else uses, for nobody
could use it now.
"""

from __future__ import annotations

from socket import gethostname

from harness.drivers.pmd3.look import ways
from harness.errors import HarnessError
from harness.farm.health.rotation import Against, Finding

OWN_FIX = (
    "Start it again: `sudo pkill usbmuxd` on a Mac, which starts it by itself, `systemctl restart usbmuxd`"
    " on Linux; and see what USBMUXD_SOCKET_ADDRESS names there."
)
"""That macOS starts it again by itself is not tried."""

RACK_FIX = "Start `harness virtual serve` again there."


async def fault_of_host(usbmux: str | None) -> Finding | None:
    """What is wrong with the usbmuxd that a phone is reached by; ``None`` when it answers.

    Args:
        usbmux: its address; ``None`` for this host's own.
    """
    try:
        await ways(usbmux)
    except HarnessError:
        return silent(usbmux)
    return None


def silent(usbmux: str | None) -> Finding:
    """What is told of phones whose usbmuxd does not answer."""
    if usbmux is None:
        return Finding(Against.HOST, f"usbmuxd on {gethostname()} does not answer", OWN_FIX)
    return Finding(Against.HOST, f"the usbmuxd of its rack on {gethostname()} does not answer", RACK_FIX)
