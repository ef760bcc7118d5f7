"""Who a phone is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Hardware(StrEnum):
    """Whether there is a phone, or a model of one."""

    REAL = "real"
    VIRTUAL = "virtual"


class Connection(StrEnum):
    """How this host reaches the phone."""

    USB = "usb"
    NETWORK = "network"


@dataclass(frozen=True)
class PhoneIdentity:
    """One phone, as everything from lease to report names it.

    Attributes:
        name: its name in devices.yaml, or the phone's own name when it is in none.
        udid: unique device identifier.
        ios: product version, such as ``16.7``.
        model: product type, such as ``iPhone10,3``.
        hardware: real or virtual.
    """

    name: str
    udid: str
    ios: str
    model: str
    hardware: Hardware

    @property
    def ios_major(self) -> int:
        """The first number of the version."""
        return int(self.ios.split(".")[0])

    @property
    def ios_parts(self) -> tuple[int, ...]:
        """The version as numbers, for comparison."""
        return tuple(int(part) for part in self.ios.split("."))

    def __str__(self) -> str:
        return f"{self.name} (iOS {self.ios}, {self.hardware})"
