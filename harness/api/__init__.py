"""What a test author touches: synchronous, and in the words of the story."""

from harness.api.app import App, Command, Done
from harness.api.device import Device
from harness.api.origin import Episode, Origin
from harness.api.wake import Wake
from harness.expect.fields import NEVER, at_least, exactly

__all__ = [
    "NEVER",
    "App",
    "Command",
    "Device",
    "Done",
    "Episode",
    "Origin",
    "Wake",
    "at_least",
    "exactly",
]
