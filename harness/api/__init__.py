"""What a test author touches: synchronous, and in the words of the story."""

from harness.api.app import App, Command, Done
from harness.api.axes import Axes, Link, Refresh
from harness.api.device import Device
from harness.api.network import Network
from harness.api.origin import Episode, Inbox, Origin
from harness.api.settings import Settings
from harness.api.wake import Wake
from harness.expect.fields import NEVER, at_least, exactly
from harness.model.ends import End
from harness.model.settings import BackgroundRefresh

__all__ = [
    "NEVER",
    "App",
    "Axes",
    "BackgroundRefresh",
    "Command",
    "Device",
    "Done",
    "End",
    "Episode",
    "Inbox",
    "Link",
    "Network",
    "Origin",
    "Refresh",
    "Settings",
    "Wake",
    "at_least",
    "exactly",
]
