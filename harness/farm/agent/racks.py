"""The virtual phones of a host: an agent runs those that nobody else runs."""

from __future__ import annotations

from harness.config.devices import DevicesFile
from harness.farm.reach import rack_phones
from harness.virtual.launcher import RunningRack, start_rack


class OwnRack:
    """The rack that an agent keeps for the virtual entries of its host; it ends with the agent.

    Args:
        file: the devices.yaml with only the phones of this host, or ``None``.
    """

    def __init__(self, file: DevicesFile | None) -> None:
        self._file = file
        self._rack: RunningRack | None = None

    def ensure(self) -> bool:
        """See that the phones run; returns whether they had to be started. Takes seconds if they had.

        A ``harness virtual serve`` that runs some of them already is used, and the others are started.

        Raises:
            RackNotStarted: they did not start.
            ConfigError: the state directory cannot be used.
        """
        if self._file is None or (self._rack is not None and self._rack.is_running):
            return False
        self.stop()
        running = {phone.name for phone in rack_phones()}
        missing = {entry.name for entry in self._file.virtual} - running
        if missing:
            self._rack = start_rack(self._file.path, names=missing)
        return bool(missing)

    def stop(self) -> None:
        """End it; stopping twice is no error."""
        rack, self._rack = self._rack, None
        if rack is not None:
            rack.stop()
