"""What a fault is done to, and one row of the table of verbs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.model.identity import Connection
from harness.virtual.faults.words import Argument, FaultRefused, Given
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.rack import Rack
from harness.virtual.transport.device import DeviceEnd

Told = Mapping[str, object]
"""What who asked is told; JSON can say it."""


@dataclass(frozen=True)
class Target:
    """One phone of a rack.

    Attributes:
        rack: the rack.
        end: the phone's end of the cable.
    """

    rack: Rack
    end: DeviceEnd

    @property
    def phone(self) -> VirtualPhone:
        """The kernel."""
        return self.end.phone

    @property
    def name(self) -> str:
        """The phone's name."""
        return self.phone.spec.name

    @property
    def is_plugged_in(self) -> bool:
        """Whether the phone's cable is in; one that is being cut no longer is."""
        is_attached = self.rack.mux.is_attached(self.end.udid, Connection.USB)
        return is_attached and not self.end.cable.is_being_cut

    def pid_of(self, bundle_id: str) -> int:
        """The process of an app.

        Raises:
            FaultRefused: it does not run.
        """
        process = self.phone.processes.of_bundle(bundle_id)
        if process is None:
            raise FaultRefused(f"{bundle_id} does not run", phone=self.name, fix=f"Open it: tap {bundle_id}")
        return process.pid


@dataclass(frozen=True)
class Verb:
    """One row of the table.

    Attributes:
        name: one word or two.
        help: one line.
        act: does it; what it returns is told to who asked.
        arguments: in the order in which they may be given without their names.
        exact: whether it is to happen within the byte that triggers it, and not a moment later.
    """

    name: str
    help: str
    act: Callable[[Target, Given], Told | None]
    arguments: tuple[Argument, ...] = ()
    exact: bool = False
