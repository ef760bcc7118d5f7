"""Where a running rack is reached, as it tells on its first line and in the state directory."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, cast

from harness.errors import HarnessError


class RackUnreadable(HarnessError):
    """What should be the address of a rack is not."""


@dataclass(frozen=True)
class PhoneAddress:
    """One phone of a rack.

    Attributes:
        name: its name in devices.yaml.
        udid: unique device identifier.
        ios: product version.
        model: product type.
        rsd: ``host:port`` of its RSD on this machine; empty when it has none.
    """

    name: str
    udid: str
    ios: str
    model: str
    rsd: str = ""


@dataclass(frozen=True)
class RackAddress:
    """One rack.

    Attributes:
        pid: of its process.
        usbmux: path of its usbmuxd's Unix socket.
        usbmux_tcp: ``host:port`` of the same.
        clock: path of its clock socket.
        control: path of its control socket; empty when it has none.
        phones: in the order of devices.yaml.
        endpoints: ``host:port`` where tunneld's, go-ios's and Appium's clients find the phones; empty when
            the rack was not asked to be reached directly.
    """

    pid: int
    usbmux: str
    usbmux_tcp: str
    clock: str
    control: str
    phones: tuple[PhoneAddress, ...]
    endpoints: str = ""

    def to_json(self) -> str:
        """One line of JSON, without the newline."""
        return json.dumps(asdict(self), separators=(",", ":"))


def parse_rack_address(text: str) -> RackAddress:
    """Read what ``to_json`` wrote.

    Raises:
        RackUnreadable: it is something else.
    """
    try:
        fields = cast("dict[str, Any]", json.loads(text))
        phones = tuple(PhoneAddress(**phone) for phone in fields.pop("phones"))
        return RackAddress(**fields, phones=phones)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RackUnreadable(f"expected the address of a rack, found {text[:80]!r}") from error
