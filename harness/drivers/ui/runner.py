"""What a backend takes of a phone: a WebDriverAgent that answers at a URL of this host."""

from __future__ import annotations

from typing import Protocol


class UiRunner(Protocol):
    """The UI test runner of one phone, whoever starts it.

    ``supervisor.Runner`` starts one and ends it; ``attached.AttachedRunner`` uses one that somebody keeps.
    """

    @property
    def url(self) -> str:
        """Where its WebDriverAgent is served on this host, for any client; empty while it is not up."""
        ...

    @property
    def starts(self) -> int:
        """How often it came up; sessions of an earlier time are gone, or not to be relied on."""
        ...

    @property
    def unheard(self) -> int:
        """How many connections to it were not taken by the phone, as far as that is known."""
        ...

    async def up(self, why: str = "") -> str:
        """Its URL, once it answers. Whoever has it asks again only when something was amiss.

        Args:
            why: what was amiss, for the log; empty for nothing.

        Raises:
            RunnerFailed: it does not answer, or may not be used; says what to do about it.
            DeviceError: what else the phone has against it; it may be gone.
        """
        ...

    async def close(self) -> None:
        """Let go of it; one that was started for this is ended."""
        ...
