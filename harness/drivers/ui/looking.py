"""Looking whether a WebDriverAgent is there."""

from __future__ import annotations

from harness.drivers.ui.failures import Seen
from harness.errors import CommandTimeout, RunnerFailed


async def look(url: str, phone: str) -> Seen:
    """What is seen at a URL at which a WebDriverAgent should answer.

    Args:
        url: of its root.
        phone: the phone's name.
    """
    # Imported here: a test that uses no screen does not pay for the HTTP client.
    from harness.drivers.ui.wda.client import ConnectionCut, WdaRefusal, is_ready

    try:
        ready = await is_ready(url, phone)
    except ConnectionCut:
        return Seen.CUT
    except CommandTimeout:
        return Seen.MUTE
    except (RunnerFailed, WdaRefusal):
        return Seen.STRANGE
    return Seen.READY if ready else Seen.BUSY
