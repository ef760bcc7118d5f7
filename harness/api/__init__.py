"""What a test author touches: synchronous, and in the words of the story."""

from harness.api.app import App, Command, Done
from harness.api.device import Device
from harness.api.origin import Episode, Origin
from harness.api.wake import Wake

__all__ = ["App", "Command", "Device", "Done", "Episode", "Origin", "Wake"]
