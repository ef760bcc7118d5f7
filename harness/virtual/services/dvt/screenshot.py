"""DVT screenshot: a picture of the screen. Source: the call of public clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.services.support.dvt_channel import DvtChannel


class Screenshot(DvtChannel):
    """The channel of pictures."""

    identifier = "com.apple.instruments.server.services.screenshot"

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {"takeScreenshot": self._take}

    def _take(self) -> bytes:
        return self.phone.screen.png()
