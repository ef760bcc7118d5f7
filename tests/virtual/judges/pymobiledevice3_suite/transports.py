"""The ways to a phone on which the suite judges: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.address import PhoneAddress


def _nothing(_: PhoneAddress) -> tuple[str, ...]:
    return ()


def _rsd(phone: PhoneAddress) -> tuple[str, ...]:
    host, _, port = phone.rsd.rpartition(":")
    return ("--rsd", host, port)


@dataclass(frozen=True)
class Transport:
    """One way to a phone.

    Attributes:
        name: for people and test names.
        ios: version of the phone.
        model: product type of the phone.
        direct: whether the rack has to be reached directly too.
        options: what the suite's pytest is told beside the usual.
    """

    name: str
    ios: str
    model: str
    direct: bool = False
    options: Callable[[PhoneAddress], tuple[str, ...]] = _nothing


USBMUX = Transport("usbmux", "16.7", "iPhone10,3")
"""Lockdown over usbmux: all there is before iOS 17."""

TUNNEL = Transport("tunnel", "18.5", "iPhone14,5")
"""What the suite chooses by itself from iOS 17.4 on: CoreDeviceProxy, with a TCP/IP stack in the client."""

RSD = Transport("rsd", "18.5", "iPhone14,5", direct=True, options=_rsd)
"""RemoteServiceDiscovery that somebody else has made reachable."""
