"""What one virtual phone is to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhoneSpec:
    """What one virtual phone is to be.

    Attributes:
        name: its name in devices.yaml.
        udid: unique device identifier.
        ios: product version, such as ``16.7``.
        model: product type, such as ``iPhone10,3``.
        build: build version, such as ``20H19``.
        cellular: whether it has a cellular radio.
        seed: makes everything random about it reproducible.
        clock_rate: phone seconds per wall second without a waiter.
        connection: how it is there for a host at first: ``usb``, ``network``, or ``any`` for both.
        epoch_s: its wall-clock time at the start, seconds since 1970; ``None`` for this host's.
        language: what it speaks: ``en``, ``de`` or ``fr``.
    """

    name: str
    udid: str
    ios: str
    model: str
    build: str
    cellular: bool = True
    seed: int = 1
    clock_rate: float = 10.0
    epoch_s: float | None = None
    connection: str = "usb"
    language: str = "en"

    @property
    def ios_major(self) -> int:
        """The first number of the version."""
        return int(self.ios.split(".")[0])
